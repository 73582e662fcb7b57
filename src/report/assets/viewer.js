// The structure in 3D, started when it is asked for. 3Dmol.js waits in the page as text until then.
(function () {
  'use strict';
  const figure = document.querySelector('[data-viewer]');
  if (!figure) return;
  const code = document.getElementById('molecules-code');
  const start = figure.querySelector('[data-do=start]');
  const canvas = figure.querySelector('.canvas');
  const still = figure.querySelector('.still');
  const tools = figure.querySelector('.viewer-tools');
  const show = { mobile: true, polyhedra: true, cell: true };
  let viewer = null, data = null;

  function refuse(reason) {
    figure.querySelector('.no-webgl').hidden = false;
    start.hidden = true;
    figure.dataset.state = reason;
  }
  if (!code) { start.hidden = true; figure.dataset.state = 'without-scripts'; return; }

  function hasWebGL() {
    try {
      const c = document.createElement('canvas');
      return !!(c.getContext('webgl2') || c.getContext('webgl'));
    } catch (e) { return false; }
  }
  const vec = (a) => ({ x: a[1], y: a[2], z: a[3] });
  const minus = (a, b) => ({ x: a.x - b.x, y: a.y - b.y, z: a.z - b.z });
  const cross = (a, b) => ({ x: a.y * b.z - a.z * b.y, y: a.z * b.x - a.x * b.z, z: a.x * b.y - a.y * b.x });
  const dot = (a, b) => a.x * b.x + a.y * b.y + a.z * b.z;

  // 3Dmol loses see-through shapes on a see-through canvas: the ground is painted, by the theme.
  const ground = () => getComputedStyle(document.documentElement).getPropertyValue('--ground').trim() || 'white';
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { if (viewer) { viewer.setBackgroundColor(ground()); viewer.render(); } });

  function addModel() {
    const model = viewer.addModel();
    const bonds = data.atoms.map(() => []);
    data.bonds.forEach(([i, k]) => { bonds[i].push(k); bonds[k].push(i); });
    model.addAtoms(data.atoms.map((a, i) => {
      const s = data.species[a[0]];
      return { elem: s.element, atom: s.name, x: a[1], y: a[2], z: a[3], serial: i, index: i,
               bonds: bonds[i], bondOrder: bonds[i].map(() => 1), properties: { kind: a[0] } };
    }));
    return model;
  }
  function addPolyhedra() {
    const vertexArr = [], normalArr = [], faceArr = [];
    for (const unit of data.tetrahedra) {
      const centre = vec(data.atoms[unit[0]]);
      const corner = unit.slice(1).map((i) => vec(data.atoms[i]));
      for (const face of [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]) {
        let [a, b, c] = face.map((i) => corner[i]);
        let n = cross(minus(b, a), minus(c, a));
        if (dot(n, minus(a, centre)) < 0) { [b, c] = [c, b]; n = cross(minus(b, a), minus(c, a)); }
        const size = Math.sqrt(dot(n, n)) || 1;
        n = { x: n.x / size, y: n.y / size, z: n.z / size };
        for (const v of [a, b, c]) { faceArr.push(vertexArr.length); vertexArr.push(v); normalArr.push(n); }
      }
    }
    if (vertexArr.length) viewer.addCustom({ vertexArr, normalArr, faceArr, color: '#e2711d', opacity: 0.5 });
  }
  function addCell() {
    const c = data.cell;
    if (c.length < 12) return;
    const at = (i, j, k) => ({ x: c[9] + i * c[0] + j * c[3] + k * c[6], y: c[10] + i * c[1] + j * c[4] + k * c[7],
                               z: c[11] + i * c[2] + j * c[5] + k * c[8] });
    const ends = [];
    for (const [i, j] of [[0, 0], [0, 1], [1, 0], [1, 1]])
      ends.push([at(0, i, j), at(1, i, j)], [at(i, 0, j), at(i, 1, j)], [at(i, j, 0), at(i, j, 1)]);
    ends.forEach(([from, to]) => viewer.addCylinder({ start: from, end: to, radius: 0.06, color: '#7a828b', fromCap: 1, toCap: 1 }));
  }
  function draw() {
    viewer.removeAllShapes();
    data.species.forEach((s, k) => {
      const these = { properties: { kind: k } };
      if (s.mobile && !show.mobile) viewer.setStyle(these, {});
      else if (s.mobile) viewer.setStyle(these, { sphere: { radius: s.radius, color: s.colour } });
      else viewer.setStyle(these, { stick: { radius: 0.13, color: s.colour }, sphere: { radius: s.radius, color: s.colour } });
    });
    if (show.polyhedra) addPolyhedra();
    if (show.cell) addCell();
    viewer.render();
  }
  function button(text, name) {
    const b = document.createElement('button');
    b.type = 'button';
    b.textContent = text;
    if (name) b.setAttribute('aria-pressed', String(show[name]));
    b.addEventListener('click', () => {
      if (name) { show[name] = !show[name]; b.setAttribute('aria-pressed', String(show[name])); draw(); }
      else { viewer.zoomTo(); viewer.zoom(1.3); viewer.render(); }
    });
    tools.appendChild(b);
  }
  function begin() {
    if (!hasWebGL()) { refuse('no-webgl'); return; }
    try {
      if (typeof $3Dmol === 'undefined') {
        const script = document.createElement('script');
        script.textContent = code.textContent;
        document.head.appendChild(script);
      }
      data = JSON.parse(document.getElementById('structure-data').textContent);
      canvas.hidden = false;
      still.classList.add('print-only');
      start.hidden = true;
      viewer = $3Dmol.createViewer(canvas, { backgroundColor: ground(), antialias: true });
      addModel();
      draw();
      viewer.zoomTo();
      viewer.zoom(1.3);
      viewer.rotate(24, 'y');
      viewer.rotate(-17, 'x');
      viewer.render();
      const mobile = data.species.filter((s) => s.mobile).map((s) => s.name).join(', ');
      if (mobile) button(mobile, 'mobile');
      if (data.tetrahedra.length) button('Tetrahedra', 'polyhedra');
      if (data.cell.length) button('Cell', 'cell');
      button('Whole view');
      tools.hidden = false;
      figure.dataset.state = 'running';
    } catch (e) {
      canvas.hidden = true;
      still.classList.remove('print-only');
      refuse('failed');
      console.warn('the 3D view could not start: ' + e);
    }
  }
  start.addEventListener('click', begin);
  figure.dataset.state = 'waiting';
  // A link with #3d opens the page with the view running.
  if (location.hash === '#3d') addEventListener('load', begin);
})();
