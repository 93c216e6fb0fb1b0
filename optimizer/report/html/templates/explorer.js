(function () {
  "use strict";
  // The explorer looks cells up that were solved before; it calculates no result.
  var box = document.getElementById("explorer-box");
  if (!box) return;
  var data = JSON.parse(document.getElementById("page-data").textContent).explorer;
  var dials = Array.from(box.querySelectorAll("[data-dial]"));
  var metric = document.getElementById("explorer-metric");
  var along = document.getElementById("explorer-along");
  var place = document.querySelector("[data-plot='explorer']");

  function text(index) { return data.texts[index]; }
  // The chart library's labels are a small markup language, in which this is text.
  function plain(words) { return words.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"); }
  function say(name, words) { box.querySelector("[data-say='" + name + "']").textContent = words; }

  // As the tables write them: four significant digits, and the whole part in full; counts without decimals.
  function number(m, value) {
    if (value === null) return "–";
    var places = value === 0 || data.metrics[m][3] ? 0 : Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value))));
    places = Math.min(places, 9);
    return value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  }

  function chosen() {
    var where = 0;
    dials.forEach(function (dial, k) { where = where * data.sizes[k] + Number(dial.value); });
    return data.at[where];
  }

  // Cells that differ from the chosen one along an axis alone; in a sample all cells.
  function row(cell, axis) {
    var found = [];
    data.cell.forEach(function (_, other) {
      var same = data.inputs.every(function (input, k) { return k === axis || input.of[k === axis ? cell : other] === input.of[cell]; });
      if (!data.grid || same) found.push(other);
    });
    var input = data.inputs[axis];
    return found.sort(function (a, b) {
      return input.numbers ? input.numbers[input.of[a]] - input.numbers[input.of[b]] : input.of[a] - input.of[b];
    });
  }

  function figure(cell) {
    var k = Number(along.value), m = Number(metric.value), input = data.inputs[k];
    var cells = row(cell, k), name = data.metrics[m][1], unit = data.metrics[m][2];
    function x(other) { return input.numbers ? input.numbers[input.of[other]] : plain(input.words[input.of[other]]); }
    function hover(other) {
      return plain(data.names[k] + " " + input.words[input.of[other]] + ": " + text(data.choice[other]) + ", cell " + data.cell[other]);
    }
    function trace(list, marks) {
      return Object.assign({
        type: "scatter", x: list.map(x), y: list.map(function (other) { return data.values[m][other]; }),
        text: list.map(hover), hovertemplate: "%{y:.6g}<br>%{text}<extra></extra>", connectgaps: false
      }, marks);
    }
    var base = JSON.parse(JSON.stringify(data.figure));
    var lines = data.grid ? "lines+markers" : "markers";
    base.data = [
      trace(cells, { mode: lines, name: "solved cells", line: { color: "@1", width: 2 }, marker: { color: "@1", size: 8 } }),
      trace([cell], { mode: "markers", name: "the chosen cell", marker: { color: "@2", size: 15, symbol: "diamond", line: { color: "@ink", width: 1.5 } } })
    ];
    base.layout.xaxis.title.text = plain(data.names[k]);
    base.layout.yaxis.title.text = name + (unit ? ", " + unit : "");
    if (input.numbers) {
      base.layout.xaxis.type = "linear";
      if (/ \(change\)$/.test(data.names[k])) base.layout.xaxis.tickformat = "+.0%";
    } else {
      base.layout.xaxis.type = "category";
      base.layout.xaxis.categoryorder = "array";
      base.layout.xaxis.categoryarray = input.words.map(plain);
    }
    var without = cells.filter(function (other) { return data.values[m][other] === null; }).length;
    var held = data.grid ? data.names.filter(function (_, n) { return n !== k; }).map(function (other) {
      var n = data.names.indexOf(other);
      return other + " " + data.inputs[n].words[data.inputs[n].of[cell]];
    }).join(", ") : "";
    say("chart", name + " along " + data.names[k] + (held ? ", at " + held : "") +
      (without ? "; " + without + " of " + cells.length + " cells here have no design" : ""));
    return base;
  }

  function show() {
    var cell = chosen();
    dials.forEach(function (dial, k) {
      var words = data.words[k][Number(dial.value)];
      if (dial.type === "range") {
        dial.setAttribute("aria-valuetext", words);
        document.getElementById(dial.id + "-is").textContent = words;
      }
    });
    box.dataset.cell = data.cell[cell];
    say("cell", "Cell " + data.cell[cell]);
    say("ending", text(data.ending[cell]));
    box.querySelector("[data-say='ending']").className = "badge " + (data.solved[cell] ? "good" : "bad");
    say("inputs", data.names.map(function (name, k) { return name + " " + data.inputs[k].words[data.inputs[k].of[cell]]; }).join(" · "));
    data.metrics.slice(0, 3).forEach(function (_, m) { say("metric-" + m, number(m, data.values[m][cell])); });
    say("gap", text(data.gap[cell]));
    say("choice", data.solved[cell] ? "Buys " + (text(data.chips[cell]) || "nothing") : (text(data.reason[cell]) || text(data.ending[cell])));
    place.dispatchEvent(new CustomEvent("figure", { detail: figure(cell) }));
  }

  dials.concat([metric, along]).forEach(function (dial) { dial.addEventListener("input", show); });
  box.hidden = false;
  show();
})();
