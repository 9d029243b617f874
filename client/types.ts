// The service's own schemas, so that client and service cannot disagree.

export type {
  CandidateAnswer,
  CandidateCounts,
  CandidatesAnswer,
  CandidatesBody,
  ClaimAnswer,
  ClaimBody,
  FailureAnswer,
} from '../api/candidates.js';
export type { CompressionAnswer, CompressionBody, CompressionsAnswer } from '../api/compressions.js';
export type { Device, PredictorSummary } from '../api/devices.js';
export type {
  EmulateAnswer,
  EmulateBody,
  EmulatorAnswer,
  EmulatorRequest,
  EmulatorsAnswer,
} from '../api/emulators.js';
export type { EvaluateRequest } from '../api/evaluations.js';
export type { Followed, ProductionAnswer } from '../api/followed-predictions.js';
export type { JobAnswer as Job, JobsQuery } from '../api/jobs.js';
export type { AuditAnswer, AuditQuery, Key, KeyBody, NewKeyAnswer as NewKey } from '../api/keys.js';
export type { LabelRequest } from '../api/labels.js';
export type { DriftAnswer, MeasurementsAnswer, UploadAnswer, UploadBody } from '../api/measurements.js';
export type { MeetsAnswer, MeetsBody } from '../api/meets.js';
export type { KernelsDevicesAnswer, NetworkPredictAnswer, NetworkPredictBody } from '../api/networks.js';
export type { PredictAnswer, PredictBody, Prediction } from '../api/predict.js';
export type { SearchBody } from '../api/search-request.js';
export type { SearchAnswer as Search, SearchSummary } from '../api/searches.js';
export type {
  SpaceAnswer as Space,
  SpaceRemovedAnswer as SpaceRemoved,
  SpacesAnswer,
} from '../api/spaces.js';
export type { TrainRequest, Version, VersionsAnswer } from '../api/training.js';
export type { AskAnswer, AskBody, TellAnswer, TellBody } from '../api/trials.js';
export type { ModelCard } from '../src/predictors/saved/card.js';
export type { SpaceFile } from '../src/spaces/declared/space-file.js';
