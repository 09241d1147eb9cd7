type Attributes = Record<string, string | number>

/** An element with attributes and text; never markup. */
export function html<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Array<Node | string>
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  element.append(...children)
  return element
}

export function svg(name: string, attributes: Attributes = {}, ...children: Array<Node | string>): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  element.append(...children)
  return element
}

/** `2.181 s` */
export function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}
