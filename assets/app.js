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

  // A back or forward visit shows the page as it was: let its forms work again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form").forEach(function (form) { delete form.dataset.sent; });
  });
})();
