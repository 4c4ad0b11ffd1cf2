// Time series: the page carries a chart's data as JSON on its host; a push
// changes that attribute, and the chart follows.
(() => {
  "use strict";

  const charts = new Map();
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // light-dark() is resolved by the browser only where a colour is used.
  function colour(host, name) {
    const probe = document.createElement("span");
    probe.className = name;
    host.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }

  function options(host, data) {
    const muted = colour(host, "muted");
    const grid = { stroke: colour(host, "chart-grid"), width: 1 };
    const axis = { stroke: muted, grid, ticks: { show: false }, font: "11px " + style("--font"), labelSize: 0 };
    return {
      width: host.clientWidth,
      height: Number(host.dataset.height),
      legend: { show: false },
      padding: [8, 18, 0, 0], // the last time stands half beyond the plot
      cursor: { points: { size: 6 }, drag: { x: false, y: false } },
      scales: { x: { range: (_, low, high) => (high > low ? [low, high] : [low - 60, low + 60]) }, y: { range: (_, low, high) => [data.zero && low >= 0 ? 0 : low - (high - low) * 0.06, high + (high - low || 1) * 0.08] } },
      tzDate: (seconds) => window.uPlot.tzDate(new Date(seconds * 1000), data.zone),
      axes: [{ ...axis, size: 22, gap: 6, space: 64, values: (_, splits) => splits.map((at) => clock(at, data.zone)) }, { ...axis, size: room, gap: 4, values: (_, splits) => splits.map(figure) }],
      series: [{}, ...data.series.map((series) => line(host, series))],
      hooks: { setCursor: [(plot) => read(host, data, plot.cursor.idx)] },
    };
  }

  // As wide as the longest figure of the axis, in digits of 11 px.
  function room(_, values) {
    return Math.max(40, 10 + 6.6 * Math.max(0, ...(values ?? []).map((text) => String(text).length)));
  }

  const figures = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 6 });

  // A figure of the axis, written as everywhere else on the page.
  function figure(value) {
    return value == null ? "" : figures.format(value).replace("-", "−");
  }

  function clock(seconds, zone) {
    const at = new Date(seconds * 1000);
    const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hour12: false }).format(at);
    return parts === "00:00" ? new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short" }).format(at) : parts;
  }

  function line(host, series) {
    const stroke = colour(host, series.class);
    return { stroke, width: 1.5, dash: series.dash ? [4, 4] : undefined, points: { show: false }, spanGaps: false };
  }

  function read(host, data, index) {
    const outputs = host.closest("figure").querySelectorAll("output");
    data.series.forEach((series, i) => {
      const value = index == null ? series.last : series.text[index];
      if (outputs[i]) outputs[i].textContent = value ?? "–";
    });
  }

  function draw(host) {
    charts.get(host)?.destroy();
    const data = JSON.parse(host.dataset.chart);
    const columns = [data.x, ...data.series.map((series) => series.y)];
    charts.set(host, new window.uPlot(options(host, data), columns, host));
    read(host, data, null);
  }

  function sweep() {
    for (const [host, plot] of charts) {
      if (host.isConnected) continue;
      plot.destroy();
      charts.delete(host);
      resized.unobserve(host);
    }
    for (const host of document.querySelectorAll("[data-chart]")) {
      if (charts.has(host)) continue;
      draw(host);
      resized.observe(host);
      changed.observe(host, { attributes: true, attributeFilter: ["data-chart"] });
    }
  }

  const changed = new MutationObserver((records) => new Set(records.map((record) => record.target)).forEach(draw));
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      charts.get(target)?.setSize({ width: target.clientWidth, height: Number(target.dataset.height) });
    }
  });
  const redraw = () => charts.forEach((_, host) => draw(host));

  if (!window.uPlot) return;
  document.addEventListener("DOMContentLoaded", sweep);
  document.addEventListener("htmx:after:swap", sweep);
  document.addEventListener("throughline:theme", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
})();
