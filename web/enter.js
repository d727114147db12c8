// Enter in a field, where a syllable may just be composed (UI Events §4.3.8). One press does the thing once, whatever the browser
// makes of it:
//
//	Chromium   keydown (isComposing, 229)  compositionend  [keydown]  keyup     Firefox as well
//	Safari     compositionend  keydown (229)  keyup
//
// Input methods for Hangul end the syllable and hand Enter on; those for kana and pinyin keep it, as it only picks a word.

const hangul = /^[\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7fb]+$/;
const isEnter = e => e.key === 'Enter' || e.keyCode === 229 && /^(Numpad)?Enter$/.test(e.code);
// The field in which Enter was pressed while a syllable was composed.
let pressed = null;
// The text of the composition that has ended since the last key.
let ended = '';
let done = false; // this press has done its thing

addEventListener('keyup', () => { done = false; }, true);

// onEnter calls act, unless wanted says that Enter is a new line now. Shift, Ctrl and the like mean something else.
export function onEnter(field, act, wanted = () => true) {
  const once = () => {
    done = true;
    setTimeout(() => { done = false; }, 500); // where no keyup comes
    act();
  };
  field.addEventListener('keydown', event => {
    const just = ended;
    pressed = null;
    ended = '';
    if (!isEnter(event)) done = false;
    else if (!event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey && wanted()) {
      if (event.isComposing) [pressed, done] = [field, false]; // a new press
      else if (event.keyCode !== 229 || hangul.test(just)) {
        event.preventDefault();
        if (!done) once();
      }
    }
  });
  field.addEventListener('compositionend', ({ data }) => {
    ended = data;
    const enter = pressed === field && hangul.test(data);
    pressed = null;
    setTimeout(() => enter && !done && once()); // the field has its text by then
  });
}
