// A first synchronisation can take minutes: ask every other second how far it
// is. Comfort only: the page has a link that does the same.
"use strict";
(function () {
  var failures = 0;
  function ask() {
    var card = document.getElementById("progress");
    if (!card) return;
    fetch(card.dataset.progress, { credentials: "same-origin" }).then(function (answer) {
      if (answer.redirected) { // done, or the session ended: the page itself knows more
        location.assign(answer.url);
        return;
      }
      if (!answer.ok) throw new Error(answer.status);
      return answer.text().then(function (html) {
        var fresh = new DOMParser().parseFromString(html, "text/html").getElementById("progress");
        // Only the parts change, so that a screen reader tells the sentence and no more.
        ["p", "progress"].forEach(function (part) {
          var from = fresh.querySelector(part), to = card.querySelector(part);
          if (from.outerHTML !== to.outerHTML) to.replaceWith(from);
        });
        failures = 0;
        setTimeout(ask, 2000);
      });
    }).catch(function () {
      if (++failures < 30) setTimeout(ask, 2000 * failures);
    });
  }
  setTimeout(ask, 2000);
})();
