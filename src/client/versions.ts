import * as requests from '../formats/kafka/generated/api-versions-request.ts'
import * as responses from '../formats/kafka/generated/api-versions-response.ts'
import type {Call, KafkaConnection} from './connection.ts'

/** Version 0: its answer has the same head whatever the broker, and is given to every client. */
const API_VERSIONS: Call<requests.ApiVersionsRequestInit, responses.ApiVersionsResponse> = {
  key: 18,
  version: 0,
  flexible: requests.apiVersionsRequestFlexible,
  write: requests.writeApiVersionsRequest,
  read: responses.readApiVersionsResponse,
}

/** Which APIs a broker answers: key → its first and last version. Refused with `Unanswered`. */
export async function apiVersions(from: KafkaConnection, withinMs: number): Promise<Map<number, [number, number]>> {
  const answer = await from.ask(API_VERSIONS, {}, withinMs)
  return new Map(answer.apiKeys.map(a => [a.apiKey, [a.minVersion, a.maxVersion]]))
}
