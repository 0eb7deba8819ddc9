"use strict";
/* Sounds as the bytes of WAV files. */

/** Mono samples (-1 to 1) as a WAV file of 16 or 24 bits. */
function wavBytes(values, rate, bits = 16) {
  const width = bits / 8;
  const size = values.length * width;
  const view = new DataView(new ArrayBuffer(44 + size + (size % 2)));
  const word = (place, text) => { for (let n = 0; n < 4; n++) view.setUint8(place + n, text.charCodeAt(n)); };
  word(0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  word(8, "WAVE");
  word(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // integers
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * width, true);
  view.setUint16(32, width, true);
  view.setUint16(34, bits, true);
  word(36, "data");
  view.setUint32(40, size, true);
  const most = 2 ** (bits - 1) - 1;
  values.forEach((value, n) => {
    const whole = Math.round(Math.min(Math.max(value, -1), 1) * most);
    if (width === 2) view.setInt16(44 + 2 * n, whole, true);
    else for (let byte = 0; byte < width; byte++) view.setUint8(44 + width * n + byte, (whole >> (8 * byte)) & 255);
  });
  return new Uint8Array(view.buffer);
}
