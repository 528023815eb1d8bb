"use strict";
/* Agreement of two lists of codes: percent and Cohen's κ (Cohen 1960) with the interval from its large-sample standard error
   (Fleiss, Cohen & Everitt 1969, Psychological Bulletin 72:323-327). */
const Agreement = (() => {
  const NORMAL = 1.959963984540054;

  function confusion(first, second) {
    const codes = [...new Set([...first, ...second])].sort();
    const place = new Map(codes.map((code, position) => [code, position]));
    const table = codes.map(() => codes.map(() => 0));
    first.forEach((code, row) => { table[place.get(code)][place.get(second[row])] += 1; });
    return { codes, table };
  }

  function kappa(first, second) {
    const n = first.length;
    if (n === 0) return { n, percent: NaN, kappa: NaN, low: NaN, high: NaN };
    const { codes, table } = confusion(first, second);
    const share = table.map((row) => row.map((count) => count / n));
    const rows = share.map((row) => row.reduce((sum, value) => sum + value, 0));
    const columns = codes.map((_, c) => share.reduce((sum, row) => sum + row[c], 0));
    const observed = share.reduce((sum, row, i) => sum + row[i], 0);
    const expected = rows.reduce((sum, value, i) => sum + value * columns[i], 0);
    if (Math.abs(1 - expected) < 1e-12) return { n, percent: observed, kappa: NaN, low: NaN, high: NaN };
    const value = (observed - expected) / (1 - expected);
    let diagonal = 0, rest = 0;
    share.forEach((row, i) => row.forEach((cell, j) => {
      if (i === j) diagonal += cell * (1 - (rows[i] + columns[i]) * (1 - value)) ** 2;
      else rest += cell * (columns[i] + rows[j]) ** 2;
    }));
    const last = (value - expected * (1 - value)) ** 2;
    const variance = (diagonal + (1 - value) ** 2 * rest - last) / (n * (1 - expected) ** 2);
    const reach = NORMAL * Math.sqrt(Math.max(0, variance));
    return { n, percent: observed, kappa: value, low: Math.max(-1, value - reach), high: Math.min(1, value + reach) };
  }

  return { confusion, kappa };
})();
