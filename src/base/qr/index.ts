export { qrCode, QR_BYTES_MAX, type QrCode } from './qr-code.ts';
export { qrPng } from './png.ts';
