// Comfort only: every page works without this script.
"use strict";
(function () {
  // Browsers lend the clipboard to safe addresses only.
  if (navigator.clipboard) document.documentElement.classList.add("clipboard");

  // Copy buttons: the text stands in the element before the button.
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) return;
    var text = button.previousElementSibling.textContent.trim();
    navigator.clipboard.writeText(text).then(function () {
      var label = button.textContent;
      button.textContent = button.dataset.copied;
      setTimeout(function () { button.textContent = label; }, 1500);
    });
  });

  // Ask before what cannot be taken back; never send a form twice.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    var asker = event.submitter && event.submitter.dataset.confirm ? event.submitter : form;
    if (asker.dataset.confirm && !window.confirm(asker.dataset.confirm)) {
      event.preventDefault();
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(function () { delete form.dataset.sent; }, 4000);
  });

  // All-day appointments need no time: change the two inputs with the tick box.
  var allDay = document.querySelector("input[name=all_day]");
  if (allDay) {
    allDay.addEventListener("change", function () {
      ["start_at", "end_at"].forEach(function (name) {
        var input = document.querySelector("input[name=" + name + "]");
        if (!input) return;
        var value = input.value;
        if (allDay.checked) {
          input.dataset.time = value.slice(10);
          input.type = "date";
          input.value = value.slice(0, 10);
        } else {
          var time = input.dataset.time || (name === "start_at" ? "T09:00" : "T10:00");
          input.type = "datetime-local";
          input.value = value ? value.slice(0, 10) + time : "";
        }
      });
    });
  }

  // Drag one of the reader's own appointments to another day or hour, or the end
  // of it, an hour's lower edge or a bar's right one, to another end. A finger
  // holds it for a moment first, so that a touch that moves at once scrolls. What
  // is dropped goes the way of its form: that of a single appointment is sent as
  // it is, with the version that was on the page; that of a series is opened,
  // because it asks which occurrences are meant.
  (function dragging() {
    var board = document.querySelector("[data-board]");
    if (!board) return;
    var minute = 60000, holdFor = 400;
    var drag = null; // what is held

    board.querySelectorAll("[data-ends]").forEach(function (chip) {
      var grip = document.createElement("span");
      grip.className = "grip";
      chip.append(grip);
    });

    function dayOf(place) { return Date.parse(place.dataset.day + "T00:00Z") / minute; }
    function clock(text, shift) { return new Date(Date.parse(text + "Z") + shift * minute).toISOString().slice(11, 16); }

    board.addEventListener("pointerdown", function (event) {
      var chip = event.target.closest("[data-move]");
      if (!chip || event.button !== 0 || !event.isPrimary || event.ctrlKey || event.metaKey || event.shiftKey) return;
      var blocks = chip.closest(".blocks");
      var hours = blocks && Number(blocks.closest("[data-hours]").dataset.hours);
      drag = {
        chip: chip, place: chip.closest("[data-day]"), over: null, x: event.clientX, y: event.clientY, shift: 0, stretch: 0, begun: false,
        quarter: blocks ? blocks.getBoundingClientRect().height / hours / 4 : 0,
        edge: event.target.classList.contains("grip"), time: chip.querySelector(".time"),
      };
      drag.text = drag.time && drag.time.textContent;
      if (event.pointerType === "touch") drag.holding = setTimeout(begin, holdFor);
    });

    function begin() {
      drag.begun = true;
      document.documentElement.classList.add("dragging");
      drag.chip.classList.add("moving");
    }

    // Where the pointer is: a day of the same person.
    function placeAt(event) {
      var own = drag.place, row = own.closest(".people") && own.parentElement;
      return Array.from((row || board).querySelectorAll("[data-day]")).find(function (place) {
        var r = place.getBoundingClientRect();
        return place.dataset.person === own.dataset.person && event.clientX >= r.left && event.clientX < r.right && event.clientY >= r.top && event.clientY < r.bottom;
      });
    }

    document.addEventListener("pointermove", function (event) {
      if (!drag) return;
      var dx = event.clientX - drag.x, dy = event.clientY - drag.y;
      if (!drag.begun) {
        if (Math.abs(dx) + Math.abs(dy) < (drag.holding ? 10 : 6)) return;
        if (drag.holding) {
          letGo(false);
          return;
        }
        begin();
      }
      event.preventDefault();
      var quarters = drag.quarter ? Math.round(dy / drag.quarter) : 0;
      var start = drag.chip.dataset.move, until = drag.chip.dataset.until;
      if (drag.edge && !drag.quarter) {
        var last = placeAt(event);
        if (!last) return;
        var end = Date.parse(until.slice(0, 10) + "T00:00Z") / minute;
        drag.stretch = Math.max(dayOf(last), Date.parse(start.slice(0, 10) + "T00:00Z") / minute) - end;
        drag.chip.style.width = Math.max(40, last.getBoundingClientRect().right - drag.chip.getBoundingClientRect().left - 6) + "px";
      } else if (drag.edge) {
        var length = (Date.parse(until + "Z") - Date.parse(start + "Z")) / minute;
        drag.stretch = Math.max(quarters * 15, Math.min(0, 15 - length));
        drag.chip.style.height = "calc(100% + " + drag.stretch / 15 * drag.quarter + "px)";
      } else {
        var over = placeAt(event);
        if (drag.over && drag.over !== over) drag.over.classList.remove("drop");
        if (over) over.classList.add("drop");
        drag.over = over;
        drag.shift = over ? dayOf(over) - dayOf(drag.place) + quarters * 15 : 0;
        var left = over && drag.quarter ? over.getBoundingClientRect().left - drag.place.getBoundingClientRect().left : dx;
        drag.chip.style.transform = "translate(" + left + "px," + (drag.quarter ? quarters * drag.quarter : dy) + "px)";
      }
      if (drag.quarter && drag.time) drag.time.textContent = clock(start, drag.shift) + "–" + clock(until, drag.shift + drag.stretch);
    });

    function stop(event) { event.preventDefault(); }
    function letGo(back) {
      document.documentElement.classList.remove("dragging");
      if (drag.over) drag.over.classList.remove("drop");
      clearTimeout(drag.holding);
      if (back) putBack(drag);
      var held = drag;
      drag = null;
      return held;
    }
    function putBack(held) {
      held.chip.classList.remove("moving");
      held.chip.style.transform = held.chip.style.height = held.chip.style.width = "";
      if (held.time) held.time.textContent = held.text;
    }

    document.addEventListener("pointerup", function () {
      if (!drag) return;
      var begun = drag.begun;
      var still = !drag.shift && !drag.stretch;
      var held = letGo(begun && still);
      if (!begun) return;
      // The click that ends it is no click on the link.
      held.chip.addEventListener("click", stop);
      setTimeout(function () { held.chip.removeEventListener("click", stop); }, 0);
      if (!still) drop(held);
    });
    document.addEventListener("pointercancel", function () { if (drag) letGo(true); });
    document.addEventListener("keydown", function (event) { if (drag && event.key === "Escape") letGo(true); });
    // What a finger holds neither scrolls the page nor opens the link's menu.
    board.addEventListener("touchmove", function (event) { if (drag && drag.begun) event.preventDefault(); }, { passive: false });
    board.addEventListener("contextmenu", function (event) { if (drag && drag.holding) event.preventDefault(); });
    board.addEventListener("dragstart", function (event) { if (event.target.closest("[data-move]")) event.preventDefault(); });

    function drop(held) {
      var address = new URL(held.chip.href);
      address.searchParams.set("shift", held.shift);
      address.searchParams.set("stretch", held.stretch);
      if ("series" in held.chip.dataset) {
        location.assign(address);
        return;
      }
      fetch(address).then(function (answer) {
        if (!answer.ok && answer.status !== 404) throw new Error(answer.status);
        return answer.text();
      }).then(function (text) {
        var form = new DOMParser().parseFromString(text, "text/html").querySelector("#appointment");
        if (!form) { // the session has ended, or the appointment: its own page says so
          location.assign(address);
          return;
        }
        form.elements.row_version.value = held.chip.dataset.version;
        form.hidden = true;
        document.body.append(form);
        form.submit();
      }).catch(function () {
        putBack(held);
        var note = document.createElement("div");
        note.className = "note bad";
        note.setAttribute("role", "alert");
        note.textContent = board.dataset.failed;
        board.prepend(note);
      });
    }
  })();

  // The sentence below the repeat editor follows what is chosen.
  (function ruleSentence() {
    var editor = document.querySelector("[data-rule]");
    if (!editor) return;
    var form = editor.closest("form"), sentence = editor.querySelector("[aria-live]"), waiting = 0, asked = 0;
    form.addEventListener("input", function (event) {
      if (!/^(repeat|start_at|all_day|time_zone|recurrence)/.test(event.target.name)) return;
      clearTimeout(waiting);
      waiting = setTimeout(function () {
        var query = new URLSearchParams();
        new FormData(form).forEach(function (value, name) {
          if (/^(repeat|start_at|end_at|all_day|time_zone)/.test(name)) query.append(name, value);
        });
        // Lines typed by hand count where they were changed.
        var lines = form.elements.recurrence;
        if (lines.value !== lines.defaultValue || form.elements.repeat.value === "raw") query.append("recurrence", lines.value);
        var turn = ++asked;
        fetch(editor.dataset.rule + "?" + query).then(function (answer) {
          return answer.ok && !answer.redirected ? answer.text() : "";
        }).then(function (text) {
          if (turn === asked) sentence.textContent = text;
        }).catch(function () { sentence.textContent = ""; });
      }, 250);
    });
  })();

  // A back or forward visit shows the page as it was: let its forms work again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form").forEach(function (form) { delete form.dataset.sent; });
  });
})();
