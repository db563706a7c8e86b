import { Transfer } from './transfer'

// biome-ignore lint/style/noDefaultExport: Next asks for one
export default function Page() {
  return <Transfer />
}
