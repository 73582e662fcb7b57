// The report's own script: downloads, zoomable plots, the marked entry of the contents.
(function () {
  'use strict';
  const data = JSON.parse(document.getElementById('report-data').textContent || '{}');
  const colour = (i) => getComputedStyle(document.documentElement).getPropertyValue('--s' + (i % 8)).trim();
  const theme = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function save(name, type, text) {
    const link = document.createElement('a');
    link.href = 'data:' + type + ';charset=utf-8,' + encodeURIComponent(text);
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
  }

  // ---- CSV: from the columns, or from the series of a zoomable plot --------------------------
  function columnsOf(entry) {
    if (entry.columns) return entry.columns;
    const out = [];
    let last = null;
    for (const s of entry.plot.series) {
      const x = JSON.stringify(s.x);
      if (x !== last) out.push({ name: entry.plot.x, data: s.x });
      last = x;
      out.push({ name: s.label || entry.plot.y, data: s.y });
    }
    return out;
  }
  function csvOf(entry) {
    const cell = (v) => v === null || v === undefined ? '' :
      /[",\n]/.test(String(v)) ? '"' + String(v).replace(/"/g, '""') + '"' : String(v);
    const columns = columnsOf(entry);
    const rows = Math.max(0, ...columns.map((c) => c.data.length));
    const lines = [columns.map((c) => cell(c.name)).join(',')];
    for (let i = 0; i < rows; ++i) lines.push(columns.map((c) => cell(c.data[i])).join(','));
    return lines.join('\n') + '\n';
  }
  function svgOf(figure) {
    const svg = figure.querySelector('.drawing > svg').cloneNode(true);
    const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    for (const [k, v] of [['width', '100%'], ['height', '100%'], ['fill', '#ffffff']]) ground.setAttribute(k, v);
    svg.insertBefore(ground, svg.firstChild);
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + new XMLSerializer().serializeToString(svg);
  }

  // ---- zoomable plots -----------------------------------------------------------------------
  const open = new Map();
  function joined(plot) {  // uPlot wants one x for all series
    return uPlot.join(plot.series.map((s) => [s.x, s.y.map((v) => plot.log_y && !(v > 0) ? null : v)]));
  }
  function marksPlugin(marks) {
    return { hooks: { drawClear: (u) => {
      u.ctx.save();
      u.ctx.fillStyle = theme('--window');
      marks.forEach((m, i) => {
        if (i % 2) return;
        const a = Math.max(u.valToPos(m[0], 'x', true), u.bbox.left);
        const b = Math.min(u.valToPos(m[1], 'x', true), u.bbox.left + u.bbox.width);
        if (b > a) u.ctx.fillRect(a, u.bbox.top, b - a, u.bbox.height);
      });
      u.ctx.restore();
    } } };
  }
  function zoomable(plot, width) {
    const axis = (label, extra) => Object.assign({
      label, stroke: () => theme('--ink'), labelSize: 24, font: '12px system-ui, sans-serif', labelFont: '13px system-ui, sans-serif',
      grid: { stroke: () => theme('--grid'), width: 1 }, ticks: { stroke: () => theme('--grid'), width: 1 },
    }, extra);
    return {
      width, height: Math.max(260, Math.min(420, Math.round(width * 0.6), plot.height + 40)),
      cursor: plot.sync ? { sync: { key: plot.sync } } : {},
      scales: { x: { time: false, distr: plot.log_x ? 3 : 1 }, y: { distr: plot.log_y ? 3 : 1 } },
      axes: [axis(plot.x, {}), axis(plot.y, { size: 62 })],
      series: [{ label: plot.x }].concat(plot.series.map((s) => ({
        label: s.label || plot.y, stroke: () => colour(s.colour), width: 2, spanGaps: true, points: { show: s.x.length < 30 },
      }))),
      plugins: [marksPlugin(plot.marks || [])],
    };
  }
  function zoom(figure, button) {
    const drawing = figure.querySelector('.drawing');
    if (open.has(figure)) {
      open.get(figure).destroy();
      open.delete(figure);
      figure.querySelector('.zoomed').remove();
      drawing.classList.remove('print-only');
      button.textContent = 'Zoom';
      button.setAttribute('aria-pressed', 'false');
      return;
    }
    const plot = data[figure.dataset.id].plot;
    const box = document.createElement('div');
    box.className = 'zoomed';
    drawing.before(box);
    drawing.classList.add('print-only');
    open.set(figure, new uPlot(zoomable(plot, box.clientWidth || 500), joined(plot), box));
    const hint = document.createElement('p');
    hint.className = 'muted small';
    hint.textContent = 'Drag to zoom, double-click to see all, click a name to hide a line.';
    box.appendChild(hint);
    button.textContent = 'Figure';
    button.setAttribute('aria-pressed', 'true');
  }
  let waiting = 0;
  addEventListener('resize', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => open.forEach((u, figure) => {
      const width = figure.querySelector('.zoomed').clientWidth;
      if (width > 0) u.setSize({ width, height: u.height });
    }), 150);
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => open.forEach((u) => u.redraw()));

  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-do]');
    const holder = button && button.closest('[data-id]');
    if (!holder) return;
    const entry = data[holder.dataset.id];
    if (button.dataset.do === 'csv') save(entry.name + '.csv', 'text/csv', csvOf(entry));
    if (button.dataset.do === 'svg') save(entry.name + '.svg', 'image/svg+xml', svgOf(holder));
    if (button.dataset.do === 'zoom') zoom(holder, button);
  });
  if (typeof uPlot === 'undefined') document.querySelectorAll('button[data-do=zoom]').forEach((b) => b.remove());

  // ---- contents: folded on a phone, the section in view marked ------------------------------
  const toc = document.querySelector('.toc details');
  if (toc && matchMedia('(max-width: 1199px)').matches) toc.open = false;
  if ('IntersectionObserver' in window) {
    const links = new Map([...document.querySelectorAll('.toc a')].map((a) => [a.getAttribute('href').slice(1), a]));
    const watch = new IntersectionObserver((entries) => entries.forEach((e) => {
      const link = links.get(e.target.id);
      if (link) link.classList.toggle('here', e.isIntersecting);
    }), { rootMargin: '-10% 0px -70% 0px' });
    document.querySelectorAll('main section[id]').forEach((s) => watch.observe(s));
  }
  // Everything is on paper: what is folded on the screen opens for printing.
  const folded = [];
  addEventListener('beforeprint', () => document.querySelectorAll('main section details:not([open])').forEach((d) => {
    if (d.classList.contains('small') || d.querySelector('pre')) return;
    d.open = true;
    folded.push(d);
  }));
  addEventListener('afterprint', () => { while (folded.length) folded.pop().open = false; });
  document.documentElement.dataset.ready = 'yes';
})();
