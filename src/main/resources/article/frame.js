addEventListener("message", e => {
  const frame = document.querySelector("iframe.tool-frame");
  if (!frame || e.source !== frame.contentWindow || e.origin !== "null") return;
  const m = e.data;
  if (m && m.keywheel === "height" && Number.isFinite(m.value)) {
    frame.style.height = Math.min(2000, Math.max(120, m.value)) + "px";
  }
});
const openTarget = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target && target.matches("details")) target.open = true;
};
addEventListener("hashchange", openTarget);
openTarget();
