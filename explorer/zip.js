"use strict";
/* Files as one ZIP file, stored as they are (PKWARE APPNOTE 6.3, without ZIP64). */

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
const MOST_FILES = 65535;
const MOST_ZIP = 2 ** 32 - 1;
const UTF8_NAMES = 0x800;
const VERSION_NEEDED = 20;

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** A time as MS-DOS writes it: (date << 16) | time of day. */
function dosTime(when) {
  const day = ((Math.max(when.getFullYear(), 1980) - 1980) << 9) | ((when.getMonth() + 1) << 5) | when.getDate();
  return ((day << 16) | (when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1)) >>> 0;
}

/** files: [{name, bytes}]; returns the parts of the ZIP file, for a Blob. An Error if they are too many or too large. */
function zipParts(files, when = new Date()) {
  const parts = [];
  const directory = [];
  const time = dosTime(when);
  let end = 0;
  const put = (list, fields, ...rest) => {
    const view = new DataView(new ArrayBuffer(fields.reduce((sum, [width]) => sum + width, 0)));
    let place = 0;
    for (const [width, value] of fields) {
      if (width === 2) view.setUint16(place, value, true);
      else view.setUint32(place, value, true);
      place += width;
    }
    list.push(new Uint8Array(view.buffer), ...rest);
    return view.byteLength + rest.reduce((sum, bytes) => sum + bytes.length, 0);
  };
  let directorySize = 0;
  for (const { name, bytes } of files) {
    const letters = new TextEncoder().encode(name);
    const common = [[2, VERSION_NEEDED], [2, UTF8_NAMES], [2, 0], [4, time], [4, crc32(bytes)], [4, bytes.length], [4, bytes.length], [2, letters.length], [2, 0]];
    directorySize += put(directory, [[4, 0x02014b50], [2, VERSION_NEEDED], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, end]], letters);
    end += put(parts, [[4, 0x04034b50], ...common], letters, bytes);
  }
  if (files.length > MOST_FILES || end + directorySize > MOST_ZIP) throw new Error("that is too much for one ZIP file: take fewer samples");
  put(directory, [[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, directorySize], [4, end], [2, 0]]);
  return [...parts, ...directory];
}
