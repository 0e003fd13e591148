// Draws a signature with finger, pen or mouse and keeps it as lines of points, so that it can be printed sharply.
// Whoever does not draw ticks a box instead: nothing on the page needs this script.
const LARGEST = 4000; // points; more is no signature
for (const area of document.querySelectorAll("[data-signature]")) {
  const canvas = area.querySelector("canvas");
  const kept = area.querySelector("input");
  let strokes = [];
  let stroke = null;

  area.hidden = false;
  const scale = () => canvas.width / canvas.getBoundingClientRect().width;
  function size() {
    const ratio = window.devicePixelRatio || 1;
    const box = canvas.getBoundingClientRect();
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    paint();
  }
  function paint() {
    const pen = canvas.getContext("2d");
    const { width, height } = canvas.getBoundingClientRect();
    pen.setTransform(scale(), 0, 0, scale(), 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.strokeStyle = getComputedStyle(canvas).color;
    pen.lineWidth = 2.5;
    pen.lineCap = pen.lineJoin = "round";
    for (const points of strokes) {
      pen.beginPath();
      points.forEach(([x, y], index) => (index ? pen.lineTo(x * width, y * height) : pen.moveTo(x * width, y * height)));
      if (points.length === 1) pen.lineTo(points[0][0] * width + 0.5, points[0][1] * height);
      pen.stroke();
    }
  }
  function point(event) {
    const box = canvas.getBoundingClientRect();
    const within = (value) => Math.round(Math.min(1, Math.max(0, value)) * 10000) / 10000;
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  }
  function keep() {
    kept.value = strokes.length ? JSON.stringify(strokes) : "";
  }
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    stroke = [point(event)];
    strokes.push(stroke);
    paint();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || strokes.reduce((sum, one) => sum + one.length, 0) >= LARGEST) return;
    stroke.push(point(event));
    paint();
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { stroke = null; keep(); });
  area.querySelector("[data-clear]").addEventListener("click", () => { strokes = []; keep(); paint(); });
  try { strokes = kept.value ? JSON.parse(kept.value) : []; } catch { strokes = []; }
  window.addEventListener("resize", size);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  size();
}
