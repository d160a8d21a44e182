{% autoescape off %}import base64, hashlib, hmac, json, os, time, urllib.request
from datetime import datetime, timezone

URL = "{{ collector }}/s2s/conversions"
KEY = "{{ key }}"
SECRET = base64.b64decode(os.environ["KOLHUB_SECRET"].removeprefix("whsec_"))


def send(webhook_id, event):
    """Post one event. After an error, call it again with the same id: it is counted once."""
    body, stamp = json.dumps(event).encode(), str(int(time.time()))
    signed = hmac.digest(SECRET, f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "KolHub-Key": KEY,
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(signed).decode(),
    }
    with urllib.request.urlopen(urllib.request.Request(URL, body, headers), timeout=10) as answer:
        return json.load(answer)


order = f"try-{time.time_ns()}"
print(send(f"order-{order}", {
    "type": "order",
    "order_ref": order,
    "occurred_at": datetime.now(timezone.utc).isoformat(),
    "currency": "USD",
    "lines": [{"sku": "MUG-1", "quantity": 2, "price": "12.50"}],
    "discount": "2.50",
    "coupon_codes": ["ANNA10"],
    "customer": "shopper@example.com",
})){% endautoescape %}
