// Placeholder for the operator graph; owned by the arch work.
export interface OperatorGraph {
  readonly order: number;
}
