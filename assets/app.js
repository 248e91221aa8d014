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

  // A session that ended while a form was being filled in leads to the login
  // and back: what was typed is kept in this tab until then, and only for the
  // user who typed it.
  var draftKey = "agcrm-google-draft";
  var here = location.pathname + location.search;
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || !form.dataset.draft) return;
    var fields = Array.from(new FormData(form)).filter(function (field) {
      return ["form", "row_version"].indexOf(field[0]) < 0 && typeof field[1] === "string";
    });
    sessionStorage.setItem(draftKey, JSON.stringify({ user: form.dataset.draft, page: here, fields: fields }));
  });
  (function restoreDraft() {
    if (location.pathname.endsWith("/login")) return;
    var draft = JSON.parse(sessionStorage.getItem(draftKey) || "null");
    sessionStorage.removeItem(draftKey);
    var form = document.querySelector("form[data-draft]");
    if (!draft || !form || draft.page !== here || draft.user !== form.dataset.draft || document.querySelector("[role=alert]")) return;
    form.querySelectorAll("input[type=checkbox], input[type=radio]").forEach(function (box) {
      box.checked = draft.fields.some(function (field) { return field[0] === box.name && field[1] === box.value; });
    });
    draft.fields.forEach(function (field) {
      var input = form.querySelector("[name='" + field[0] + "']:not([type=checkbox]):not([type=radio])");
      if (!input) return;
      if (/_at$/.test(field[0])) input.type = field[1].length > 10 ? "datetime-local" : "date";
      input.value = field[1];
    });
    var note = document.createElement("div");
    note.className = "note";
    note.setAttribute("role", "status");
    note.textContent = form.dataset.restored;
    form.prepend(note);
  })();

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

  // A back or forward visit shows the page as it was: let its forms work again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form").forEach(function (form) { delete form.dataset.sent; });
  });
})();
