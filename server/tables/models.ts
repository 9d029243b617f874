import type { Device } from '../../api/devices.js';
import type { MeasuredDevice } from '../../api/overview.js';
import type { Version } from '../../api/training.js';
import type { Metric } from '../../src/metrics/metric.js';
import { type Column, fileNameOf, type Table } from '../http/downloads.js';
import { sliced } from './lots.js';

const DEVICE_COLUMNS: Column<Device>[] = [
  { name: 'id', type: 'STRING', value: ({ id }) => id },
  { name: 'description', type: 'STRING', value: ({ description }) => description },
  { name: 'space', type: 'STRING', value: ({ space }) => space },
  { name: 'dead_operations', type: 'STRING', value: ({ deadOperations }) => deadOperations },
  { name: 'predictor', type: 'STRING', value: ({ predictor }) => predictor },
  { name: 'version', type: 'STRING', value: ({ version }) => version },
  { name: 'unit', type: 'STRING', value: ({ unit }) => unit },
  { name: 'batch_size', type: 'INT64', value: ({ batchSize }) => batchSize },
  { name: 'precision', type: 'STRING', value: ({ precision }) => precision },
  { name: 'percentiles_ms', type: 'JSON', value: ({ percentilesMs }) => percentilesMs },
  { name: 'scores', type: 'JSON', value: ({ scores }) => scores },
  { name: 'source', type: 'STRING', value: ({ source }) => source },
  { name: 'licence', type: 'STRING', value: ({ licence }) => licence },
];

const VERSION_COLUMNS: Column<Version>[] = [
  { name: 'version', type: 'STRING', value: ({ version }) => version },
  { name: 'serving', type: 'BOOLEAN', value: ({ serving }) => serving },
  { name: 'origin', type: 'STRING', value: ({ origin }) => origin },
  { name: 'predictor', type: 'STRING', value: ({ predictor }) => predictor },
  { name: 'created_at', type: 'TIMESTAMP', value: ({ createdAt }) => new Date(createdAt) },
  { name: 'job', type: 'STRING', value: ({ job }) => job },
  { name: 'held_out_samples', type: 'INT64', value: ({ heldOut }) => heldOut?.samples },
  { name: 'held_out_error', type: 'DOUBLE', value: ({ heldOut }) => heldOut?.error },
  { name: 'incumbent', type: 'STRING', value: ({ heldOut }) => heldOut?.incumbent?.version },
  { name: 'incumbent_error', type: 'DOUBLE', value: ({ heldOut }) => heldOut?.incumbent?.error },
  { name: 'data', type: 'JSON', value: ({ data }) => data },
  { name: 'scores', type: 'JSON', value: ({ scores }) => scores },
];

const MEASURED_COLUMNS: Column<MeasuredDevice>[] = [
  { name: 'id', type: 'STRING', value: ({ id }) => id },
  { name: 'description', type: 'STRING', value: ({ description }) => description },
  { name: 'space', type: 'STRING', value: ({ space }) => space },
  { name: 'measurements', type: 'INT64', value: ({ measurements }) => measurements },
  { name: 'metrics', type: 'JSON', value: ({ metrics }) => metrics },
  {
    name: 'last_upload_at',
    type: 'TIMESTAMP',
    value: ({ lastUploadAt }) => lastUploadAt && new Date(lastUploadAt),
  },
];

export function deviceTable(devices: readonly Device[]): Table<Device> {
  return { name: 'devices', columns: DEVICE_COLUMNS, rows: sliced(devices) };
}

/** Devices with measurements, or with candidates to measure. */
export function measuredDeviceTable(devices: readonly MeasuredDevice[]): Table<MeasuredDevice> {
  return { name: 'measured-devices', columns: MEASURED_COLUMNS, rows: sliced(devices) };
}

export function versionTable(device: string, metric: Metric, versions: readonly Version[]): Table<Version> {
  return { name: `${fileNameOf(device, metric)}-versions`, columns: VERSION_COLUMNS, rows: sliced(versions) };
}
