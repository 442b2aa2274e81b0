// Colours of the charts. Series are told apart by people with any colour vision, and by their symbols.
const SERIES = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a5195', '#8c8c00'];
const SERIES_DARK = ['#5ab4ff', '#ff9455', '#38d6a8', '#f0a8d0', '#ffc14d', '#9ad8ff', '#c3a0e8', '#d6d64f'];

export const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'pin', 'arrow', 'emptyCircle'];

/** Everything a chart draws with, on a light or on a dark page. */
export function palette(dark) {
  return dark
    ? { text: '#dfe7e8', quiet: '#9fb0b3', line: '#3c4b4f', page: '#12191b', series: SERIES_DARK,
      heat: ['#1b2a41', '#1f5f7a', '#2fa08d', '#9fd07a', '#f4f1a6'], frozen: '#ff9455', free: '#26343a' }
    : { text: '#1c2526', quiet: '#56666a', line: '#cdd8da', page: '#ffffff', series: SERIES,
      heat: ['#f3f7f0', '#c7e3c4', '#7cc0b0', '#2f7f97', '#123f63'], frozen: '#d55e00', free: '#e6eeee' };
}

/** Ink that can be read on a cell of the heat map, from 0 (lowest) to 1 (highest). */
export function ink(share, dark) {
  return (dark ? share >= 0.39 : share < 0.76) ? '#000000' : '#ffffff';
}
