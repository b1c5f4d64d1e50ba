/** What a picture says about itself: what it shows, and where to see it move. */
export interface Caption {
  readonly title: string
  readonly seed: number | null
  readonly time_s: number
  readonly link: string
}

/** The first line under a picture. */
export const captionWords = ({ title, seed, time_s }: Caption): string =>
  [title, ...(seed === null ? [] : [`seed ${seed}`]), `${time_s.toFixed(2)} s`].join(' · ')

/** The same picture with two lines under it. */
export async function withCaption(picture: Blob, caption: Caption): Promise<Blob> {
  const image = await createImageBitmap(picture)
  const { width, height } = image
  const size = Math.max(12, Math.round(width / 60))
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height + 4 * size
  const g = canvas.getContext('2d')
  if (!g) return picture
  g.drawImage(image, 0, 0)
  image.close()
  g.fillStyle = '#14171c'
  g.fillRect(0, height, width, 4 * size)
  const write = (text: string, line: number, color: string, weight: number): void => {
    g.fillStyle = color
    g.font = `${weight} ${size}px system-ui, sans-serif`
    // Too long a line is drawn narrower, not cut: a link that lacks its end leads nowhere.
    g.fillText(text, size, height + 1.6 * size * line, width - 2 * size)
  }
  write(captionWords(caption), 1, '#e8ecf1', 600)
  write(caption.link, 2, '#a3aebb', 400)
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? picture), 'image/png'))
}
