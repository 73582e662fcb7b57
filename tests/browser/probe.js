// Put at the end of a report by the browser test: uses it as a reader would and writes down on the
// document what happened.
(function () {
  'use strict';
  const told = document.documentElement.dataset;
  const blocked = [];
  document.addEventListener('securitypolicyviolation', (e) => blocked.push(e.violatedDirective + ' ' + e.blockedURI));
  const saved = [];
  HTMLAnchorElement.prototype.click = function () { saved.push([this.download, decodeURIComponent(this.href.split(',').slice(1).join(','))]); };
  addEventListener('load', () => setTimeout(() => {
    document.querySelectorAll('button[data-do=zoom]').forEach((b) => b.click());
    told.probeZoomed = String(document.querySelectorAll('.zoomed canvas').length);
    document.querySelectorAll('button[data-do=csv]').forEach((b) => b.click());
    document.querySelectorAll('button[data-do=svg]').forEach((b) => b.click());
    const csv = saved.filter((s) => s[0].endsWith('.csv'));
    told.probeCsv = String(csv.length);
    // Every CSV: a head and rows of the same number of commas (no cell of the sample holds one).
    told.probeBadCsv = csv.filter((s) => {
      const lines = s[1].trim().split('\n').map((l) => l.replace(/"[^"]*"/g, '').split(',').length);
      return lines.length < 2 || lines.some((n) => n !== lines[0]);
    }).map((s) => s[0]).join(' ');
    const svg = saved.filter((s) => s[0].endsWith('.svg'));
    told.probeSvg = String(svg.length);
    told.probeBadSvg = svg.filter((s) => new DOMParser().parseFromString(s[1], 'image/svg+xml').querySelector('parsererror')).map((s) => s[0]).join(' ');
    const start = document.querySelector('button[data-do=start]');
    if (start) start.click();
    document.querySelectorAll('button[data-do=scene]').forEach((b) => b.click());
    setTimeout(() => {
      const view = document.querySelector('[data-viewer]');
      told.probeViewer = view ? view.dataset.state : 'none';
      const tools = document.querySelectorAll('.viewer-tools button');
      tools.forEach((b) => b.click());
      told.probeTools = String(tools.length);
      told.probeScenes = Array.from(document.querySelectorAll('[data-scene]')).map((f) => f.dataset.state).join(' ');
      const ofScenes = document.querySelectorAll('.scene-tools button');
      ofScenes.forEach((b) => b.click());  // levels off and on, the film playing
      told.probeSceneTools = String(ofScenes.length);
      told.probePlays = Array.from(ofScenes).map((b) => b.textContent).filter((t) => t === 'Pause').join(' ');
      told.probeFetched = performance.getEntriesByType('resource').map((e) => e.name).filter((n) => !n.startsWith('data:') && !n.startsWith('blob:')).join(' ');
      told.probeBlocked = blocked.join('; ');
      told.probeWide = String(document.documentElement.scrollWidth > innerWidth);
      told.probeDone = 'yes';
    }, 500);
  }, 0));
})();
