// The script of report.html: draws the timeline. It reads one JSON element, fetches nothing, and puts text into the page as text only.
import type {TimelineData} from '../data.ts'
import {Chart} from './chart.ts'
import {Listing} from './listing.ts'

const data = JSON.parse(document.getElementById('data')?.textContent ?? 'null') as TimelineData | null
const place = document.getElementById('chart')
if (data && place) {
  const listing = new Listing(data)
  const chart = new Chart(data, (from, to) => listing.show(from, to))
  place.append(chart.element, listing.element)
  chart.zoomTo(data.fromMs, data.toMs)
  for (const button of document.querySelectorAll<HTMLElement>('button[data-check]'))
    button.addEventListener('click', () => {
      chart.goTo(button.dataset.check ?? '')
      document.getElementById('timeline')?.scrollIntoView({behavior: 'smooth'})
    })
}
// A link to a check opens it.
const openTarget = (): void => {
  const target = location.hash.startsWith('#check-') ? document.getElementById(location.hash.slice(1)) : null
  if (target instanceof HTMLDetailsElement) {
    target.open = true
    target.scrollIntoView()
  }
}
addEventListener('hashchange', openTarget)
openTarget()
