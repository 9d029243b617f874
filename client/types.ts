import type { Static } from '#typebox';
import type {
  CandidateAnswer as CandidateAnswerSchema,
  CandidateCounts as CandidateCountsSchema,
  CandidatesAnswer as CandidatesAnswerSchema,
  CandidatesBody as CandidatesBodySchema,
  ClaimAnswer as ClaimAnswerSchema,
  ClaimBody as ClaimBodySchema,
  FailureAnswer as FailureAnswerSchema,
} from '../api/candidates.js';
import type { JobsQuery as JobsQuerySchema } from '../api/jobs.js';
import type {
  AuditAnswer as AuditAnswerSchema,
  AuditQuery as AuditQuerySchema,
  KeyBody as KeyBodySchema,
  NewKeyAnswer,
} from '../api/keys.js';
import type {
  AskAnswer as AskAnswerSchema,
  AskBody as AskBodySchema,
  TellAnswer as TellAnswerSchema,
} from '../api/searches.js';

export type { EvaluateRequest, LabelRequest } from '../api/background.js';
export type { CompressionAnswer, CompressionBody, CompressionsAnswer } from '../api/compressions.js';
export type { Device, PredictorSummary } from '../api/devices.js';
export type {
  EmulateAnswer,
  EmulateBody,
  EmulatorAnswer,
  EmulatorRequest,
  EmulatorsAnswer,
} from '../api/emulators.js';
export type { Followed, ProductionAnswer } from '../api/followed-predictions.js';
export type { JobAnswer as Job } from '../api/jobs.js';
export type { Key } from '../api/keys.js';
export type {
  DriftAnswer,
  MeasurementsAnswer,
  UploadAnswer,
  UploadBody,
} from '../api/measurements.js';
// The service's own schemas, so that client and service cannot disagree.
export type { MeetsAnswer, MeetsBody } from '../api/meets.js';
export type { KernelsDevicesAnswer, NetworkPredictAnswer, NetworkPredictBody } from '../api/networks.js';
export type { PredictAnswer, PredictBody, Prediction } from '../api/predict.js';
export type {
  SearchAnswer as Search,
  SearchBody,
  SearchSummary,
  TellBody,
} from '../api/searches.js';
export type {
  SpaceAnswer as Space,
  SpaceRemovedAnswer as SpaceRemoved,
  SpacesAnswer,
} from '../api/spaces.js';
export type { TrainRequest, Version, VersionsAnswer } from '../api/training.js';
export type { ModelCard } from '../src/predictors/saved/card.js';
export type { SpaceFile } from '../src/spaces/declared/space-file.js';
export type AskAnswer = Static<typeof AskAnswerSchema>;
export type AskBody = Static<typeof AskBodySchema>;
export type AuditAnswer = Static<typeof AuditAnswerSchema>;
export type AuditQuery = Static<typeof AuditQuerySchema>;
export type CandidateAnswer = Static<typeof CandidateAnswerSchema>;
export type CandidateCounts = Static<typeof CandidateCountsSchema>;
export type CandidatesAnswer = Static<typeof CandidatesAnswerSchema>;
export type CandidatesBody = Static<typeof CandidatesBodySchema>;
export type ClaimAnswer = Static<typeof ClaimAnswerSchema>;
export type ClaimBody = Static<typeof ClaimBodySchema>;
export type FailureAnswer = Static<typeof FailureAnswerSchema>;
export type JobsQuery = Static<typeof JobsQuerySchema>;
export type KeyBody = Static<typeof KeyBodySchema>;
export type NewKey = Static<typeof NewKeyAnswer>;
export type TellAnswer = Static<typeof TellAnswerSchema>;
