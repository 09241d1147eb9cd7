import {createHash, createHmac} from 'node:crypto'

/** SHA-256 of the bytes given, in that order. */
export function sha256(...pieces: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest()
}

/** Compares in a time that says nothing about where two secrets differ. */
export function sameSecret(a: string, b: string): boolean {
  let different = a.length ^ b.length
  for (let i = 0; i < b.length; i++) different |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return different === 0
}

export function sha256Hex(...pieces: Uint8Array[]): string {
  return Buffer.from(sha256(...pieces)).toString('hex')
}

export function hmacSha256(key: Uint8Array, ...pieces: Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha256', key)
  for (const piece of pieces) hmac.update(piece)
  return hmac.digest()
}
