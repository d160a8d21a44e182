// Small things that pages share: copying, confirming, submitting on change. All by data attributes.
(() => {
  const copy = async (button) => {
    const source = document.querySelector(button.dataset.copy);
    const text = source.value ?? source.textContent;
    try {
      await navigator.clipboard.writeText(text.trim());
    } catch {
      // Outside a secure origin there is no clipboard: select the text, so that Ctrl-C takes it.
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
      if (!document.execCommand("copy")) return;
    }
    const label = button.textContent;
    button.textContent = button.dataset.copied || label;
    setTimeout(() => { button.textContent = label; }, 2000);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    if (event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  }, true);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  });
  // Suggest an organization's short name while its name is typed, until the person writes one.
  document.addEventListener("input", (event) => {
    const into = event.target.dataset.slugInto;
    const target = into && document.querySelector(into);
    if (target && !target.dataset.touched) {
      target.value = event.target.value.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60);
    } else if (!into) {
      event.target.dataset.touched = "yes";
    }
  });
  // What scrolls sideways must be reachable without a mouse.
  const makeReachable = () => {
    for (const region of document.querySelectorAll(".table-responsive, .board")) {
      if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
    }
  };
  makeReachable();
  window.addEventListener("resize", makeReachable);
  document.addEventListener("htmx:afterSettle", makeReachable);
  // A time zone field that was left alone takes the browser's.
  for (const select of document.querySelectorAll("[data-browser-timezone]")) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...select.options].some((option) => option.value === here)) select.value = here;
  }
})();
