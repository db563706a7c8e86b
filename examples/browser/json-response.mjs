/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {object} content
 */
export function sendJson(response, status, content) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(content))
}
