// Draw every <div class="chart" data-chart="id of a json_script"> with ECharts; the library is fetched only when needed.
//
// The option's data is also put into a table for those who cannot see the drawing. Tooltips are drawn on the canvas
// (renderMode richText): HTML tooltips carry inline styles, which the Content-Security-Policy refuses.
(() => {
  const library = document.currentScript.dataset.echarts;
  let loading = null;
  const load = () => {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = library;
      script.onload = () => resolve(window.echarts);
      script.onerror = () => reject(new Error(`${library} could not be loaded`));
      document.head.append(script);
    });
    return loading;
  };

  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

  // The theme's text colour is light-dark(oklch(…), …): ECharts cannot read it and draws legends invisibly.
  const textColour = () => {
    const context = document.createElement("canvas").getContext("2d");
    context.fillStyle = getComputedStyle(document.body).color;
    context.fillRect(0, 0, 1, 1);
    return `rgb(${context.getImageData(0, 0, 1, 1).data.slice(0, 3).join(", ")})`;
  };

  const themed = (option) => {
    const text = textColour();
    // The theme's own border colour is a color-mix(), which ECharts cannot read and draws black.
    const lines = "rgba(128, 128, 128, 0.25)";
    const axis = (given) => given === undefined ? undefined : [].concat(given).map((one) => ({
      ...one,
      axisLabel: { color: text, ...one.axisLabel },
      nameTextStyle: { color: text, ...one.nameTextStyle },
      axisLine: { ...one.axisLine, lineStyle: { color: lines, ...one.axisLine?.lineStyle } },
      splitLine: { ...one.splitLine, lineStyle: { color: lines, ...one.splitLine?.lineStyle } },
    }));
    const result = {
      color: ["#066fd1", "#d6336c", "#2fb344", "#f76707", "#ae3ec9", "#0ca678", "#f59f00", "#4263eb", "#74b816", "#667382"],
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      grid: { left: 8, right: 16, top: option.legend ? 40 : 24, bottom: 8, containLabel: true },
      ...option,
      textStyle: { fontFamily: colour("--tblr-font-sans-serif"), color: text, ...option.textStyle },
      tooltip: { trigger: "axis", confine: true, ...option.tooltip, renderMode: "richText" },
      aria: { enabled: true, ...option.aria },
    };
    for (const name of ["xAxis", "yAxis"]) {
      const drawn = axis(option[name]);
      if (drawn) result[name] = drawn;
    }
    if (option.legend) result.legend = { type: "scroll", top: 0, ...option.legend, textStyle: { color: text, ...option.legend.textStyle } };
    return result;
  };

  const cell = (kind, text) => {
    const made = document.createElement(kind);
    made.textContent = text ?? "";
    return made;
  };
  const row = (kind, texts) => {
    const made = document.createElement("tr");
    made.append(...texts.map((text) => cell(kind, text)));
    return made;
  };
  const plain = (datum) => {
    const value = datum !== null && typeof datum === "object" && !Array.isArray(datum) ? datum.value : datum;
    return Array.isArray(value) ? value.join(", ") : value;
  };

  // The same numbers as a table, out of sight but not out of the reading order.
  const table = (option, label) => {
    const series = [].concat(option.series ?? []);
    const axes = [option.xAxis, option.yAxis].flatMap((one) => [].concat(one ?? []));
    const names = axes.find((one) => Array.isArray(one.data))?.data
      ?? series[0]?.data?.map((datum, index) => datum?.name ?? (Array.isArray(datum) ? datum[0] : index + 1)) ?? [];
    const made = document.createElement("table");
    const caption = document.createElement("caption");
    caption.textContent = label;
    const body = document.createElement("tbody");
    names.forEach((name, index) => body.append(row("td", [plain(name), ...series.map((one) => plain(one.data?.[index]))])));
    const head = document.createElement("thead");
    head.append(row("th", [label, ...series.map((one, index) => one.name ?? `${index + 1}`)]));
    made.append(caption, head, body);
    // A table does not shrink to the one pixel of what is visually hidden, and would widen the page; a block does.
    const hidden = document.createElement("div");
    hidden.className = "visually-hidden";
    hidden.append(made);
    return hidden;
  };

  const draw = async (place) => {
    const source = document.getElementById(place.dataset.chart);
    if (!source || place.dataset.drawn) return;
    place.dataset.drawn = "yes";
    const option = JSON.parse(source.textContent);
    const label = place.getAttribute("aria-label") || place.dataset.label || "";
    place.setAttribute("role", "img");
    if (label) place.setAttribute("aria-label", label);
    place.after(table(option, label));
    const echarts = await load();
    const chart = echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(themed(option));
    place.kolhubOption = option;
    new ResizeObserver(() => chart.resize()).observe(place);
  };

  const drawAll = (root) => {
    for (const place of root.querySelectorAll(".chart[data-chart]")) draw(place);
  };

  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target.parentElement ?? document));
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (event.target.matches?.(".chart[data-drawn]")) window.echarts?.getInstanceByDom(event.target)?.dispose();
  });
  document.addEventListener("kolhub:theme", () => {
    for (const place of document.querySelectorAll(".chart[data-drawn]")) {
      window.echarts?.getInstanceByDom(place)?.setOption(themed(place.kolhubOption));
    }
  });
  if (document.readyState !== "loading") drawAll(document);
})();
