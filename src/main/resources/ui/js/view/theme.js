// Light, dark, or as the system has it. Charts are told, since they draw their own colours.
const CHOICE = 'palimpsest.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();

/** Whether the page is dark now. */
export function dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : system.matches;
}

/** Tells of each change until the signal says stop. */
export function onTheme(listener, signal) {
  listeners.add(listener);
  signal.addEventListener('abort', () => listeners.delete(listener));
}

/** The choice of the frame, kept for the next visit. */
export function themeChoice(select) {
  select.value = localStorage.getItem(CHOICE) ?? '';
  const apply = () => {
    if (select.value) document.documentElement.dataset.theme = select.value;
    else delete document.documentElement.dataset.theme;
    listeners.forEach((listener) => listener());
  };
  select.addEventListener('change', () => {
    localStorage.setItem(CHOICE, select.value);
    apply();
  });
  system.addEventListener('change', apply);
  apply();
}
