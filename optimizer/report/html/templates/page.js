(function () {
  "use strict";
  // Theme, drawing and printing. Everything the page says can be read without this script.
  var root = document.documentElement;
  var data = JSON.parse(document.getElementById("page-data").textContent);
  var night = window.matchMedia("(prefers-color-scheme: dark)");
  var printing = false;
  var PAPER_WIDTH = 690;
  var PAPER_HEIGHT = 860;

  function isDark() {
    if (printing) return false;
    return root.dataset.theme ? root.dataset.theme === "dark" : night.matches;
  }

  // Colours are roles; only values under a key that ends in "color" or "colorscale" are looked up.
  function coloured(value, palette, isColour) {
    if (Array.isArray(value)) return value.map(function (item) { return coloured(item, palette, isColour); });
    if (value && typeof value === "object") {
      var made = {};
      Object.keys(value).forEach(function (key) { made[key] = coloured(value[key], palette, /color$/i.test(key)); });
      return made;
    }
    return isColour && Object.prototype.hasOwnProperty.call(palette, value) ? palette[value] : value;
  }

  // On a phone long category labels would leave no room for the bars; the table has them in full.
  function shortened(axis) {
    if (axis.type !== "category" || !axis.categoryarray) return;
    axis.tickvals = axis.categoryarray;
    axis.ticktext = axis.categoryarray.map(function (name) {
      return name.length > 17 ? name.slice(0, 16) + "…" : name;
    });
  }

  function roomForLegend(figure, width) {
    if (!figure.layout.showlegend) return 12;
    var rows = 1, used = 0;
    figure.data.forEach(function (trace) {
      var wide = 60 + 7.5 * String(trace.name || "").length;
      if (used && used + wide > width - 20) { rows += 1; used = 0; }
      used += wide;
    });
    return 16 + 22 * rows;
  }

  function drawOne(place) {
    var figure = coloured(data.figures[place.dataset.plot], isDark() ? data.dark : data.light, false);
    var width = printing ? PAPER_WIDTH : place.clientWidth;
    figure.layout.width = width;
    figure.layout.height = printing ? Math.min(figure.height, PAPER_HEIGHT) : figure.height;
    figure.layout.margin.t = roomForLegend(figure, width);
    if (width < 520) {
      figure.layout.font.size = 11;
      shortened(figure.layout.yaxis);
    }
    if (window.matchMedia("(pointer: coarse)").matches) figure.layout.dragmode = false;
    Plotly.react(place, figure.data, figure.layout, { displayModeBar: false, responsive: false });
    place.dataset.drawn = "yes";
  }

  // Charts are drawn when they come near the window; on paper all of them.
  var places = Array.from(document.querySelectorAll("[data-plot]"));
  var watch = new IntersectionObserver(function (seen) {
    seen.forEach(function (entry) {
      if (entry.isIntersecting && !entry.target.dataset.drawn) drawOne(entry.target);
    });
  }, { rootMargin: "600px 0px" });

  function draw() {
    places.forEach(function (place) { if (printing || place.dataset.drawn) drawOne(place); });
  }

  function label(button) {
    button.textContent = isDark() ? "Light theme" : "Dark theme";
  }

  var button = document.getElementById("theme");
  button.hidden = false;
  label(button);
  button.addEventListener("click", function () {
    root.dataset.theme = isDark() ? "light" : "dark";
    label(button);
    draw();
  });
  night.addEventListener("change", function () { label(button); draw(); });

  var waiting = 0;
  var last = root.clientWidth;
  window.addEventListener("resize", function () {
    if (printing || root.clientWidth === last) return;
    last = root.clientWidth;
    clearTimeout(waiting);
    waiting = setTimeout(draw, 150);
  });
  window.addEventListener("beforeprint", function () { printing = true; draw(); });
  window.addEventListener("afterprint", function () { printing = false; draw(); });

  if (typeof Plotly !== "undefined") places.forEach(function (place) { watch.observe(place); });
  root.dataset.ready = "yes";
})();
