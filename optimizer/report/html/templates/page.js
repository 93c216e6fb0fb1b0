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

  // On a phone long category labels would leave no room for the bars; the table has them in full. Labels that would be
  // alike show where they begin to differ.
  function shortened(axis) {
    if (axis.type !== "category" || !axis.categoryarray) return;
    axis.tickvals = axis.categoryarray;
    function cut(name) { return name.length > 17 ? name.slice(0, 16) + "…" : name; }
    axis.ticktext = axis.categoryarray.map(function (name) {
      var alike = axis.categoryarray.filter(function (other) { return cut(other) === cut(name); });
      if (alike.length === 1) return cut(name);
      var at = 0;
      while (at < name.length && alike.every(function (other) { return other[at] === name[at]; })) at += 1;
      return name.slice(0, 8) + "…" + name.slice(at, at + 8);
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

  // A title that is longer than its axis is told in lines.
  function folded(axis, room) {
    if (!axis || !axis.title || !axis.title.text) return;
    var lines = [""], most = Math.max(20, Math.floor(room / 8));
    String(axis.title.text).split(" ").forEach(function (word) {
      var last = lines[lines.length - 1];
      if (last && last.length + word.length >= most) lines.push(word);
      else lines[lines.length - 1] = last ? last + " " + word : word;
    });
    axis.title.text = lines.join("<br>");
  }

  function drawOne(place) {
    if (!data.figures[place.dataset.plot]) return;
    var figure = coloured(data.figures[place.dataset.plot], isDark() ? data.dark : data.light, false);
    var width = printing ? PAPER_WIDTH : place.clientWidth;
    figure.layout.width = width;
    figure.layout.height = printing ? Math.min(figure.height, PAPER_HEIGHT) : figure.height;
    figure.layout.margin.t = roomForLegend(figure, width);
    if (width < 520) {
      figure.layout.font.size = 11;
      shortened(figure.layout.yaxis);
      if (figure.data.some(function (trace) { return trace.textposition === "outside" && trace.orientation === "h"; })) figure.layout.margin.r = 56;
    }
    folded(figure.layout.xaxis, width < 520 ? width - 150 : width);
    folded(figure.layout.yaxis, figure.layout.height);
    if (window.matchMedia("(pointer: coarse)").matches) figure.layout.dragmode = false;
    Plotly.react(place, figure.data, figure.layout, { displayModeBar: false, responsive: false, typesetMath: false });
  }

  // All charts are drawn before the page counts as loaded, so that a picture or a print of the whole page has them.
  var places = typeof Plotly === "undefined" ? [] : Array.from(document.querySelectorAll("[data-plot]"));
  places.forEach(function (place) {
    place.addEventListener("figure", function (event) {
      data.figures[place.dataset.plot] = event.detail;
      drawOne(place);
    });
  });

  function draw() {
    places.forEach(drawOne);
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
    waiting = setTimeout(function () { draw(); sideways(); }, 150);
  });
  window.addEventListener("beforeprint", function () { printing = true; draw(); });
  window.addEventListener("afterprint", function () { printing = false; draw(); });

  // Tables: whole on request; what lies beyond the right edge is said.
  document.querySelectorAll("button.whole").forEach(function (whole) {
    var text = whole.textContent;
    var box = whole.closest(".scroll");
    whole.hidden = false;
    whole.addEventListener("click", function () {
      var open = !box.classList.toggle("tall");
      whole.textContent = open ? "Show fewer" : text;
      whole.setAttribute("aria-expanded", String(open));
    });
  });

  function sideways() {
    document.querySelectorAll(".scroll > .sideways").forEach(function (hint) {
      hint.hidden = hint.parentNode.scrollWidth <= hint.parentNode.clientWidth + 8;
    });
  }

  draw();
  sideways();
  document.querySelectorAll("details").forEach(function (part) { part.addEventListener("toggle", sideways); });
  root.dataset.ready = "yes";
})();
