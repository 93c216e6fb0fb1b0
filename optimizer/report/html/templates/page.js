(function () {
  "use strict";
  // Theme, drawing and printing. Everything the page says can be read without this script.
  var root = document.documentElement;
  var data = JSON.parse(document.getElementById("page-data").textContent);
  var night = window.matchMedia("(prefers-color-scheme: dark)");
  var printing = false;
  var PAPER_WIDTH = 680;

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

  function shortened(layout) {
    // On a phone long category labels would leave no room for the bars; the table has them in full.
    return function (trace) {
      if (layout.yaxis.type !== "category" || trace.orientation !== "h") return;
      layout.yaxis.tickvals = trace.y;
      layout.yaxis.ticktext = trace.y.map(function (name) { return name.length > 17 ? name.slice(0, 16) + "…" : name; });
    };
  }

  function draw() {
    if (typeof Plotly === "undefined") return;
    var palette = isDark() ? data.dark : data.light;
    document.querySelectorAll("[data-plot]").forEach(function (place) {
      var figure = coloured(data.figures[place.dataset.plot], palette, false);
      var width = printing ? PAPER_WIDTH : place.clientWidth;
      figure.layout.width = width;
      figure.layout.height = figure.height;
      if (width < 520) {
        figure.layout.font.size = 11;
        figure.data.forEach(shortened(figure.layout));
      }
      if (window.matchMedia("(pointer: coarse)").matches) figure.layout.dragmode = false;
      Plotly.react(place, figure.data, figure.layout, { displayModeBar: false, responsive: false });
    });
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

  draw();
  root.dataset.ready = "yes";
})();
