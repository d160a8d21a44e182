# One image for every process of KolHub; compose.yaml says which command each container runs.

FROM node:22-bookworm-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM python:3.11-slim-bookworm
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DJANGO_SETTINGS_MODULE=kolhub.settings \
    KOLHUB_DATA_DIR=/data \
    KOLHUB_BIND=0.0.0.0
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin kolhub \
    && install --directory --owner=kolhub --group=kolhub --mode=0700 /data
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes -r requirements.txt
COPY --from=frontend /app/node_modules ./node_modules
COPY . .
RUN python -m compileall -q kolhub campaigns attribution && python -m kolhub.runtime translate
USER kolhub
VOLUME /data
EXPOSE 8000 8001
CMD ["python", "-m", "kolhub.runtime.processes", "web"]
