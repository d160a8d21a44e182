// Set the colour scheme before the first paint, and follow the system when it changes.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light";
    document.dispatchEvent(new CustomEvent("kolhub:theme"));
  };
  dark.addEventListener("change", apply);
  apply();
})();
