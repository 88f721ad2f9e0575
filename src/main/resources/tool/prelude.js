// Runs first in each realm of a tool. Every script and handler of the tool begins with a check of GATE, so none of them
// runs in a realm before this script has completed there. The tool may replace built-in functions later. Therefore the
// functions that are called after the start are captured here, and the guards use no iterators.
(() => {
  "use strict";
  const { apply, defineProperty: define, getOwnPropertyDescriptor: described, ownKeys } = Reflect;
  const getter = (type, name) => described(type.prototype, name).get;
  const gone = (of, name) => define(of, name, { value: undefined, writable: false, configurable: false });

  // Speech is included, because many voices and the recognition are remote services that receive the text or sound.
  const GONE = /^(?:webkit|moz)?(?:RTC|Speech)|^WebTransport|PictureInPicture$|^(?:open|speechSynthesis|fetchLater|FencedFrameConfig|MediaMetadata|PresentationRequest|XSLTProcessor)$/;
  for (const name of ownKeys(window)) {
    if (typeof name === "string" && GONE.test(name) && !gone(window, name)) throw new Error(name);
  }
  gone(Error, "prepareStackTrace"); // it shows the functions that are guarded below
  if (window.RTCPeerConnection || window.webkitRTCPeerConnection) throw new Error("RTCPeerConnection");

  // Elements that have their own realm, or make a request that no policy covers, such as a DNS lookup or a connection.
  const ALL = "iframe,frame,frameset,object,embed,applet,portal,fencedframe,link,base,meta";
  const BANNED = { __proto__: null };
  for (const name of ALL.split(",")) BANNED[name] = true;
  const [E, D, F] = [Element.prototype, Document.prototype, DocumentFragment.prototype];
  const { getAttribute, getAttributeNames, removeAttribute, remove } = E;
  const { createElement, createDocumentFragment, importNode } = D;
  const fill = F.append;
  const lower = String.prototype.toLowerCase;
  const listen = EventTarget.prototype.addEventListener;
  const localName = getter(Element, "localName"), content = getter(HTMLTemplateElement, "content");
  const child = getter(Node, "firstChild"), parent = getter(Node, "parentNode"), type = getter(Node, "nodeType");
  const length = getter(NodeList, "length"), added = getter(MutationRecord, "addedNodes");
  const SEARCH = { __proto__: null, 1: E.querySelectorAll, 9: D.querySelectorAll, 11: F.querySelectorAll };
  const inert = document.implementation.createHTMLDocument("");

  const isElement = node => node !== null && apply(type, node, []) === 1;
  const named = el => apply(lower, apply(localName, el, []), []);
  const find = (root, selector) => apply(SEARCH[apply(type, root, [])], root, [selector]);
  const inside = template => {
    try { return apply(content, template, []); } catch { return null; } // of another namespace
  };
  const clean = (root, selector) => {
    const bad = find(root, selector);
    for (let i = apply(length, bad, []) - 1; i >= 0; i--) apply(remove, bad[i], []);
    const templates = find(root, "template");
    for (let i = apply(length, templates, []) - 1; i >= 0; i--) {
      const of = inside(templates[i]);
      if (of) clean(of, selector);
    }
    return root;
  };
  const wrap = (of, name, made) => {
    const was = of && described(of, name);
    if (!was) return;
    const how = was.set ? { get: was.get, set: made(was.set) } : { value: made(was.value), writable: false };
    define(of, name, { ...how, enumerable: was.enumerable, configurable: false });
  };

  // None of these elements can be created: every function that creates elements is guarded.
  const instead = native => function (...given) {
    const el = apply(native, this, given);
    return BANNED[named(el)] ? apply(createElement, document, ["span"]) : el;
  };
  const cleaned = native => function (...given) {
    return clean(apply(native, this, given), ALL);
  };
  wrap(D, "createElement", instead);
  wrap(D, "createElementNS", instead);
  wrap(DOMImplementation.prototype, "createDocument", cleaned);
  wrap(DOMParser.prototype, "parseFromString", cleaned);
  wrap(Range.prototype, "createContextualFragment", cleaned);
  wrap(window.CustomElementRegistry?.prototype, "define", native => function (name, made, options) {
    if (options && options.extends !== undefined) throw new TypeError("A tool cannot extend built-in elements");
    return apply(native, this, [name, made]);
  });
  wrap(D, "execCommand", native => function (command, ui, value) {
    const name = apply(lower, `${command}`, []);
    return name === "inserthtml" ? false : apply(native, this, [name, false, value ?? ""]);
  });
  for (const name of ["write", "writeln", "open"]) wrap(D, name, () => () => {});

  // The policy blocks handlers in HTML that a script creates. The usual kind, a call of one function, becomes a listener.
  const CALL = /^\s*(?:return\s+)?([A-Za-z_$][\w$]*)\s*\(\s*([^()]*?)\s*\)\s*;?\s*$/;
  const LITERAL = /^(?:(-?\d+(?:\.\d+)?)|'([^'\\]*)'|"([^"\\]*)")$/;
  const WORDS = {
    __proto__: null, this: el => el, event: (el, e) => e, true: () => true, false: () => false, null: () => null,
    "this.value": el => el.value, "this.checked": el => el.checked, "event.target.value": (el, e) => e.target.value,
  };
  const argument = text => {
    const [, number, single, double] = LITERAL.exec(text) || [];
    const literal = number !== undefined ? Number(number) : single ?? double;
    return WORDS[text] || (literal === undefined ? undefined : () => literal);
  };
  const handler = (el, name) => {
    const [, called, list] = CALL.exec(apply(getAttribute, el, [name])) || [];
    const values = list ? list.split(/\s*,\s*/).map(argument) : [];
    if (!called || values.includes(undefined)) {
      console.error(`${name} in HTML that a script made does not run; use addEventListener`);
      return;
    }
    apply(removeAttribute, el, [name]);
    apply(listen, el, [name.slice(2), e => window[called].apply(el, values.map(value => value(el, e)))]);
  };
  const handlers = root => {
    for (const el of find(root, "*")) {
      for (const name of apply(getAttributeNames, el, [])) if (name.startsWith("on")) handler(el, name);
    }
  };

  wrap(E, "setAttribute", native => function (name, value) {
    const given = `${name}`, attribute = apply(lower, given, []);
    apply(native, this, [given, value]);
    if (attribute[0] === "o" && attribute[1] === "n") handler(this, attribute);
  });

  // HTML is parsed in a copy of its target element, in a document that loads nothing.
  const html = described(E, "innerHTML").set;
  const { after, append, before, insertAdjacentHTML, prepend, replaceChildren, replaceWith } = E;
  const parsed = (text, around) => {
    const box = isElement(around) ? apply(importNode, inert, [around, false]) : apply(createElement, inert, ["body"]);
    apply(html, box, [text]);
    clean(box, ALL);
    handlers(box);
    const all = apply(createDocumentFragment, inert, []);
    for (let next = apply(child, box, []); next; next = apply(child, box, [])) apply(fill, all, [next]);
    return all;
  };
  const inner = replace => native => function (text) {
    const template = isElement(this) ? inside(this) : null;
    if (template) {
      apply(native, this, [text]);
      clean(template, ALL);
    } else {
      apply(replace, this, [parsed(text, this)]);
    }
  };
  const outside = el => {
    const around = apply(parent, el, []);
    return isElement(around) && named(around) !== "html" ? around : null;
  };
  const PLACES = { __proto__: null, beforebegin: before, afterbegin: prepend, beforeend: append, afterend: after };
  wrap(E, "innerHTML", inner(replaceChildren));
  wrap(ShadowRoot.prototype, "innerHTML", inner(F.replaceChildren));
  wrap(E, "outerHTML", () => function (text) {
    apply(replaceWith, this, [parsed(text, outside(this))]);
  });
  wrap(E, "insertAdjacentHTML", native => function (where, text) {
    const place = apply(lower, `${where}`, []);
    if (!PLACES[place]) return apply(native, this, [place, ""]);
    const within = place === "afterbegin" || place === "beforeend";
    apply(PLACES[place], this, [parsed(text, within ? this : outside(this))]);
  });
  // Removes other ways to parse HTML, including those that browsers may add later.
  for (const of of [Document, D, E, F, ShadowRoot.prototype, CharacterData.prototype, Range.prototype, Node.prototype]) {
    for (const name of ownKeys(of)) {
      if (/HTML/.test(String(name)) && !/^(?:innerHTML|outerHTML|insertAdjacentHTML|getHTML)$/.test(String(name))) gone(of, name);
    }
  }

  // Elements that are inserted in another way, such as by pasting, are removed before they load.
  const LIVE = ALL.replace("meta", "meta[http-equiv]");
  new MutationObserver(records => {
    for (let i = 0; i < records.length; i++) {
      const nodes = apply(added, records[i], []);
      for (let k = apply(length, nodes, []) - 1; k >= 0; k--) {
        if (!isElement(nodes[k])) continue;
        clean(nodes[k], LIVE);
        if (BANNED[named(nodes[k])] && named(nodes[k]) !== "meta") apply(remove, nodes[k], []);
      }
    }
  }).observe(document, { childList: true, subtree: true });

  const up = window.parent;
  const say = (kind, value) => up.postMessage({ keywheel: kind, value }, "*");
  addEventListener("submit", e => e.preventDefault(), true);
  // In srcdoc, a URL such as "#result" belongs to the surrounding page, and following it would leave the tool.
  addEventListener("click", e => {
    const link = e.target instanceof Element ? e.target.closest("a[href^='#'], area[href^='#']") : null;
    if (!link || e.defaultPrevented) return;
    e.preventDefault();
    document.getElementById(link.getAttribute("href").slice(1))?.scrollIntoView();
  });
  addEventListener("error", e => say("error", String(e.message).slice(0, 200)));
  addEventListener("unhandledrejection", e => say("error", String(e.reason).slice(0, 200)));
  window.alert = text => {
    const message = document.getElementById("tool-message");
    if (message) message.textContent = String(text);
  };
  window.confirm = () => true;
  window.prompt = () => null;
  window.print = () => {};
  addEventListener("DOMContentLoaded", () => {
    const { documentElement: root, body } = document;
    // A fixed element that ends below the frame, such as a hidden toast, would move down with each report.
    const bottom = el => {
      const { bottom: end, height } = el.getBoundingClientRect();
      return end > innerHeight && getComputedStyle(el).position === "fixed" ? height : end + scrollY;
    };
    // Some space is added only to the height of the flow, because positioned elements may depend on the frame's height.
    const tell = () => {
      const flow = root.getBoundingClientRect().height + 16;
      say("height", Math.ceil(Math.max(flow, bottom(body), ...[...body.children].map(bottom))));
    };
    const observer = new ResizeObserver(tell);
    observer.observe(root);
    observer.observe(body);
    addEventListener("resize", tell);
  });
})();
const GATE = 1;
