/** What came from outside, on one line and without anything that moves the cursor: C0, C1, DEL and bidi controls are shown as �. */
export function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}
