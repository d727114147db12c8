// Where the panel of what is on the wire stands: a view of its own on a narrow screen, a dock at the bottom of a wide one. The
// panel itself comes when it is opened; wire.js notes what there is to show from the beginning.

import { $, errorOf, focus, showError, store, stored } from './dom.js';
import { part } from './parts.js';
import { words } from './texts.js';

words({ wire: ['On the wire', '패킷'] });

export const wide = matchMedia('(min-width: 56rem)');
const link = $('nav a[href="#/wire"]'), listeners = [];
export const onDock = redraw => listeners.push(redraw);

let isOpen = Boolean(stored('dock'));

export async function dock(open) {
  store('dock', open || null);
  isOpen = open;
  await showDock();
  focus(open ? $('#wire h2') : link);
}

async function showDock() {
  if (isOpen && wide.matches) await part('wirepanel').catch(e => showError(errorOf($('#wire')), e)); // before room is made for it
  document.body.toggleAttribute('data-dock', isOpen);
  link.ariaExpanded = wide.matches ? isOpen : null;
  for (const redraw of listeners) redraw();
}

link.addEventListener('click', event => {
  if (!wide.matches) return;
  event.preventDefault();
  dock(!('dock' in document.body.dataset));
});

// The address #/wire is that of the view on a narrow screen. On a wide one it opens the dock.
function route() {
  if (location.hash === '#/wire' && wide.matches) {
    store('dock', isOpen = true);
    history.replaceState(null, '', '#/polls'); // app.js, which asks behind us, shows these above it
  }
  showDock();
}
addEventListener('hashchange', route);
wide.onchange = () => dispatchEvent(new Event('hashchange'));
route();
