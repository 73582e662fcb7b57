// Scenes in 3D within the results: surfaces of equal density, and one event as a film. Each starts
// when it is asked for; 3Dmol.js waits in the page as text until then.
(function () {
  'use strict';
  const code = document.getElementById('molecules-code');
  const ground = () => getComputedStyle(document.documentElement).getPropertyValue('--ground').trim() || 'white';
  const shades = ['#c2410c', '#e8a33d', '#5b8def', '#9db8d9'];

  function hasWebGL() {
    try {
      const c = document.createElement('canvas');
      return !!(c.getContext('webgl2') || c.getContext('webgl'));
    } catch (e) { return false; }
  }
  function button(tools, text, act, pressed) {
    const b = document.createElement('button');
    b.type = 'button';
    b.textContent = text;
    if (pressed !== undefined) b.setAttribute('aria-pressed', String(pressed));
    b.addEventListener('click', () => act(b));
    tools.appendChild(b);
    return b;
  }
  function addCell(viewer, c) {
    const at = (i, j, k) => ({ x: i * c[0] + j * c[3] + k * c[6], y: i * c[1] + j * c[4] + k * c[7], z: i * c[2] + j * c[5] + k * c[8] });
    for (const [i, j] of [[0, 0], [0, 1], [1, 0], [1, 1]])
      for (const [from, to] of [[at(0, i, j), at(1, i, j)], [at(i, 0, j), at(i, 1, j)], [at(i, j, 0), at(i, j, 1)]])
        viewer.addCylinder({ start: from, end: to, radius: 0.06, color: '#7a828b', fromCap: 1, toCap: 1 });
    return [0, 1, 2, 3, 4, 5, 6, 7].map((n) => at(n & 1, n >> 1 & 1, n >> 2 & 1));
  }

  // Bytes are logarithms: 255 is the peak, 0 is `decades` below it.
  function volumeScene(viewer, data, tools) {
    const bytes = Uint8Array.from(atob(data.bytes), (c) => c.charCodeAt(0));
    const [n, m, l] = data.size, c = data.cell;
    const row = (count, k, sign) => [sign * count].concat(c.slice(3 * k, 3 * k + 3).map((x) => (x / (count - 1)).toFixed(6))).join(' ');
    // A first count below zero says that lengths are in angstrom.
    const head = ['density', 'logarithm', '0 0 0 0', row(n, 0, -1), row(m, 1, 1), row(l, 2, 1)];
    const volume = new $3Dmol.VolumeData(head.join('\n') + '\n' + Array.from(bytes).join(' '), 'cube');
    const shown = new Set([data.levels[0], data.levels[data.levels.length - 2]]);
    function draw() {
      viewer.removeAllShapes();
      addCell(viewer, c);
      data.levels.forEach((share, k) => {
        if (!shown.has(share)) return;
        const isoval = 255 * (1 + Math.log10(share) / data.decades);
        viewer.addIsosurface(volume, { isoval, color: shades[k % shades.length], opacity: k === 0 ? 0.95 : 0.45, smoothness: 3 });
      });
      viewer.render();
    }
    const corners = addCell(viewer, c);
    viewer.addModel().addAtoms(corners.map((r) => Object.assign({ elem: 'H' }, r)));  // unseen: for the zoom
    viewer.setStyle({}, {});
    draw();
    data.levels.forEach((share) => button(tools, (100 * share) + ' % of the peak', (b) => {
      if (shown.has(share)) shown.delete(share); else shown.add(share);
      b.setAttribute('aria-pressed', String(shown.has(share)));
      draw();
    }, shown.has(share)));
    button(tools, 'Whole view', () => { viewer.zoomTo(); viewer.render(); });
  }

  function filmScene(viewer, data, tools) {
    const bonds = data.atoms.map(() => []);
    data.bonds.forEach(([i, k]) => { bonds[i].push(k); bonds[k].push(i); });
    const model = viewer.addModel();
    data.frames.forEach((r) => model.addFrame(data.atoms.map((kind, i) => ({
      elem: data.species[kind].element, atom: data.species[kind].name, x: r[3 * i] / 100, y: r[3 * i + 1] / 100, z: r[3 * i + 2] / 100,
      serial: i, index: i, bonds: bonds[i], bondOrder: bonds[i].map(() => 1), properties: { kind, hops: i === data.hops ? 1 : 0 } }))));
    const last = data.frames.length - 1;
    let now = 0, timer = null;
    const label = document.createElement('span');
    const slider = document.createElement('input');
    slider.type = 'range';
    slider.min = 0;
    slider.max = last;
    slider.setAttribute('aria-label', 'moment of the event');
    function style() {
      data.species.forEach((s, kind) => {
        const sphere = { radius: s.mobile ? 0.8 * s.radius : s.radius, color: s.colour };
        model.setStyle({ properties: { kind } }, s.mobile ? { sphere } : { sphere, stick: { radius: 0.13, color: s.colour } }, false);
      });
      model.setStyle({ properties: { hops: 1 } }, { sphere: { radius: 0.6, color: '#d6336c' } }, false);
    }
    function show(k) {
      now = k;
      slider.value = k;
      label.textContent = ' ' + (data.times[k] >= 0 ? '+' : '−') + Math.abs(data.times[k]).toFixed(2) + ' ps';
      return viewer.setFrame(k).then(() => { style(); viewer.render(); });
    }
    for (let k = 1; k <= last; ++k) {
      const end = (t) => ({ x: data.frames[t][3 * data.hops] / 100, y: data.frames[t][3 * data.hops + 1] / 100, z: data.frames[t][3 * data.hops + 2] / 100 });
      viewer.addCylinder({ start: end(k - 1), end: end(k), radius: 0.04, color: '#d6336c', fromCap: 1, toCap: 1 });
    }
    const play = button(tools, 'Play', () => {
      if (timer) { clearInterval(timer); timer = null; } else timer = setInterval(() => show(now === last ? 0 : now + 1), 90);
      play.textContent = timer ? 'Pause' : 'Play';
      play.setAttribute('aria-pressed', String(!!timer));
    }, false);
    slider.addEventListener('input', () => show(Number(slider.value)));
    tools.append(slider, label);
    show(Math.floor(last / 2));
    viewer.zoomTo();
  }

  document.querySelectorAll('[data-scene]').forEach((figure) => {
    const start = figure.querySelector('[data-do=scene]');
    const canvas = figure.querySelector('.canvas');
    const tools = figure.querySelector('.scene-tools');
    if (!code) { start.hidden = true; figure.dataset.state = 'without-scripts'; return; }
    figure.dataset.state = 'waiting';
    start.addEventListener('click', () => {
      start.hidden = true;
      if (!hasWebGL()) {
        figure.querySelector('.no-webgl').hidden = false;
        figure.dataset.state = 'no-webgl';
        return;
      }
      try {
        if (typeof $3Dmol === 'undefined') {
          const script = document.createElement('script');
          script.textContent = code.textContent;
          document.head.appendChild(script);
        }
        const data = JSON.parse(figure.querySelector('.scene-data').textContent);
        canvas.hidden = false;
        const viewer = $3Dmol.createViewer(canvas, { backgroundColor: ground(), antialias: true });
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { viewer.setBackgroundColor(ground()); viewer.render(); });
        (data.kind === 'volume' ? volumeScene : filmScene)(viewer, data, tools);
        viewer.zoomTo();
        viewer.rotate(24, 'y');
        viewer.rotate(-17, 'x');
        viewer.render();
        tools.hidden = false;
        figure.dataset.state = 'running';
      } catch (e) {
        canvas.hidden = true;
        figure.querySelector('.no-webgl').hidden = false;
        figure.dataset.state = 'failed';
        console.warn('a 3D scene could not start: ' + e);
      }
    });
  });
})();
