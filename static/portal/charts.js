// Charts of the portal. Figures come from JSON in the page; every one of them is in a table too.
(() => {
  "use strict";
  const COLOURS = ["#9333ea", "#14b8a6", "#f59e0b", "#3b82f6", "#f43f5e", "#84cc16", "#ec4899", "#0891b2"];
  const REST = "#94a3b8";
  const drawn = [];
  let measure = "cost";

  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  const usd = (value) => {
    const size = Math.abs(value);
    if (size !== 0 && size < 0.01) return "$" + value.toFixed(4);
    if (size >= 1e5) return "$" + compact.format(value);
    return "$" + value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  };
  const money = () => measure === "cost" || measure === "saved";
  const axis = (value) => (money() ? axisUsd(value) : compact.format(value));
  const axisUsd = (value) => (Math.abs(value) < 10 && value !== 0 ? "$" + Number(value.toFixed(4)) : "$" + compact.format(value));
  const told = (value) => (money() ? usd(value) : plain.format(value));
  const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  const momentFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" });
  const hourFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" });
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function look() {
    return { text: style("--quiet"), strong: style("--strong"), line: style("--line"), surface: style("--surface") };
  }

  function common(colours) {
    return {
      responsive: true,
      maintainAspectRatio: false,
      animation: still ? false : { duration: 250 },
      font: { family: "Inter" },
      interaction: { mode: "index", intersect: false },
      layout: { padding: { top: 4 } },
      plugins: {
        legend: { display: false },
        tooltip: {
          backgroundColor: colours.surface, titleColor: colours.strong, bodyColor: colours.text, footerColor: colours.strong,
          borderColor: colours.line, borderWidth: 1, padding: 10, boxWidth: 9, boxHeight: 9, boxPadding: 5, usePointStyle: false,
          cornerRadius: 8, titleFont: { family: "Inter", weight: "600" }, bodyFont: { family: "Inter" }, footerFont: { family: "Inter", weight: "600" },
        },
      },
    };
  }

  function scale(colours, more) {
    return {
      grid: { color: colours.line, drawTicks: false },
      border: { display: false },
      ...more,
      ticks: { color: colours.text, font: { family: "Inter", size: 11.5 }, padding: 8, ...(more.ticks || {}) },
    };
  }

  function bars(data, colours) {
    const options = common(colours);
    options.plugins.legend = {
      display: data.series.length > 1, position: "bottom", align: "start",
      labels: { color: colours.text, boxWidth: 9, boxHeight: 9, useBorderRadius: true, borderRadius: 3, padding: 14, font: { family: "Inter", size: 12 } },
    };
    options.plugins.tooltip.itemSort = (a, b) => b.raw - a.raw;
    options.plugins.tooltip.filter = (item) => item.raw !== 0;
    options.plugins.tooltip.callbacks = {
      label: (item) => ` ${item.dataset.label}: ${told(item.raw)}`,
      footer: (items) => "All: " + told(items.reduce((sum, item) => sum + item.raw, 0)),
    };
    options.scales = {
      x: scale(colours, { stacked: true, grid: { display: false }, ticks: { maxRotation: 0, autoSkip: true, autoSkipPadding: 18 } }),
      y: scale(colours, { stacked: true, beginAtZero: true, ticks: { callback: axis, maxTicksLimit: 6 } }),
    };
    return {
      type: "bar",
      data: {
        labels: data.days.map((day) => dayFormat.format(new Date(day + "T00:00:00Z"))),
        datasets: data.series.map((one, place) => ({
          label: one.name, data: one[measure], backgroundColor: one.rest ? REST : COLOURS[place % COLOURS.length],
          maxBarThickness: 34, categoryPercentage: 0.82, barPercentage: 0.95, borderRadius: 2, borderSkipped: false,
        })),
      },
      options,
    };
  }

  function burn(data, colours) {
    const options = common(colours);
    const first = data.points[0][0], last = Math.max(data.end, data.points.at(-1)[0]);
    const short = last - first <= 26 * 3600e3;
    const line = (value) => [{ x: first, y: value }, { x: last, y: value }];
    const tone = { good: "#22a06b", warn: "#f59e0b", bad: "#e5484d" }[data.level];
    const datasets = [{
      label: "Left", data: data.points.map(([x, y]) => ({ x, y: Math.max(0, y) })), borderColor: tone, backgroundColor: tone + "22",
      fill: "origin", borderWidth: 2, pointRadius: 0, pointHitRadius: 8, tension: 0.15,
    }];
    if (data.forecast) {
      const now = data.points.at(-1);
      datasets.push({ label: "At this pace", data: [{ x: now[0], y: now[1] }, { x: data.forecast[0], y: data.forecast[1] }], borderColor: tone,
        borderDash: [5, 5], borderWidth: 2, pointRadius: [0, 3], pointBackgroundColor: tone, fill: false, clip: false });
    }
    if (data.soft !== null) {
      datasets.push({ label: "Soft limit", data: line(data.soft), borderColor: colours.text, borderDash: [2, 4], borderWidth: 1.5, pointRadius: 0, pointHitRadius: 0, fill: false });
    }
    options.interaction = { mode: "nearest", axis: "x", intersect: false };
    options.plugins.tooltip.callbacks = {
      title: (items) => (items.length ? momentFormat.format(new Date(items[0].parsed.x)) + " UTC" : ""),
      label: (item) => ` ${item.dataset.label}: ${usd(item.parsed.y)}`,
    };
    options.scales = {
      x: scale(colours, {
        type: "linear", min: first, max: last, grid: { display: false },
        afterBuildTicks: (axis) => { axis.ticks = ticks(first, last, short).map((value) => ({ value })); },
        ticks: { maxRotation: 0, autoSkip: true, autoSkipPadding: 14, callback: (value) => (short ? hourFormat : dayFormat).format(new Date(value)) },
      }),
      y: scale(colours, { min: 0, max: data.limit * 1.04 || 1, ticks: { callback: axisUsd, maxTicksLimit: 5, includeBounds: false } }),
    };
    return { type: "line", data: { datasets }, options };
  }

  function ticks(first, last, short) {
    const step = short ? 4 * 3600e3 : (last - first > 10 * 86400e3 ? 4 : 1) * 86400e3;
    const found = [];
    for (let at = Math.ceil(first / step) * step; at <= last; at += step) found.push(at);
    if (short || step === 86400e3) return found;
    return found.map((_, place) => Math.ceil(first / 86400e3) * 86400e3 + place * step).filter((at) => at <= last);
  }

  function draw() {
    while (drawn.length) drawn.pop().destroy();
    const colours = look();
    for (const holder of document.querySelectorAll("[data-chart]")) {
      let data = JSON.parse(document.getElementById(holder.dataset.source).textContent);
      if (holder.dataset.part) data = data[holder.dataset.part];
      if (!data) continue;
      const make = holder.dataset.chart === "burn" ? burn : bars;
      drawn.push(new window.Chart(holder.querySelector("canvas"), make(data, colours)));
    }
  }

  for (const group of document.querySelectorAll("[data-measures]")) {
    group.hidden = false;
    group.addEventListener("click", (event) => {
      const button = event.target.closest("[data-measure]");
      if (!button) return;
      measure = button.dataset.measure;
      for (const other of group.querySelectorAll("[data-measure]")) other.setAttribute("aria-pressed", String(other === button));
      for (const title of document.querySelectorAll("[data-measure-title]")) title.textContent = button.dataset.title;
      draw();
    });
  }
  document.addEventListener("lynkr-theme", draw);
  draw();
})();
