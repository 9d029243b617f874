import type { BuiltInSimulator } from '../simulator.js';

const ELECTRON_MASS = 9.1093837015e-31;
const PROTON_MASS = 1.67262192369e-27;
const ELECTRON_VOLT = 1.602176634e-19;
const VACUUM_PERMITTIVITY = 8.8541878128e-12;
const LIGHT = 299_792_458;

/** Wavelength of the probe in nm; it is seen at a right angle. */
const PROBE_NM = 532;
/** Mass of a carbon ion. */
const ION_MASS = 12 * PROTON_MASS;
/** Standard deviation in nm of the spectrometer's response to a line. */
const INSTRUMENT_NM = 0.1;
const POINTS = 250;
const REACH_NM = 2;
/** Number of wavelengths computed for each one that is observed, so that narrow resonances are not missed. */
const FINER = 4;

/**
 * Optical Thomson scattering of a plasma, the ion feature, as a spectrometer records it: S(k, ω) = (2π/k)|1 −
 * χₑ/ε|² fₑ(ω/k) + (2πZ/k)|χₑ/ε|² fᵢ(ω/k), with Maxwellian electrons and carbon ions that flow together
 * (Sheffield, Plasma Scattering of Electromagnetic Radiation, chapter 5).
 */
export const thomsonIon: BuiltInSimulator = {
  name: 'thomson-ion',
  description: 'optical Thomson scattering of a carbon plasma: the spectrum within ±2 nm of a 532 nm probe',
  source: 'Sheffield, Plasma Scattering of Electromagnetic Radiation, chapter 5',
  inputs: [
    { name: 'electron_temperature', low: 200, high: 1000, unit: 'eV' },
    { name: 'ion_temperature', low: 50, high: 400, unit: 'eV' },
    { name: 'electron_density', low: 2, high: 20, unit: '10¹⁸ cm⁻³' },
    { name: 'charge', low: 1, high: 6 },
    { name: 'flow', low: -100, high: 100, unit: 'km/s' },
  ],
  outputs: [
    {
      name: 'spectrum',
      points: POINTS,
      unit: 'fs',
      axis: { name: 'wavelength from the probe, nm', from: -REACH_NM, to: REACH_NM },
    },
  ],
  run([electronTemperature, ionTemperature, density, charge, flow]) {
    const step = (2 * REACH_NM) / (POINTS - 1) / FINER;
    const sigma = INSTRUMENT_NM / step;
    const reach = Math.ceil(4 * sigma);
    const fine = Float64Array.from({ length: (POINTS - 1) * FINER + 1 + 2 * reach }, (_, i) =>
      spectralDensity(-REACH_NM + (i - reach) * step, {
        electronTemperature,
        ionTemperature,
        density: density * 1e24,
        charge,
        flow: flow * 1e3,
      }),
    );
    const line = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
      Math.exp(-(((i - reach) / sigma) ** 2) / 2),
    );
    const area = line.reduce((a, b) => a + b, 0);
    return Float64Array.from({ length: POINTS }, (_, p) => {
      let seen = 0;
      for (let i = 0; i < line.length; i++) seen += line[i] * fine[p * FINER + i];
      return (seen / area) * 1e15;
    });
  },
};

interface Plasma {
  /** In eV. */
  readonly electronTemperature: number;
  /** In eV. */
  readonly ionTemperature: number;
  /** Electrons per m³. */
  readonly density: number;
  readonly charge: number;
  /** Velocity along the scattering vector in m/s. */
  readonly flow: number;
}

/** S(k, ω) in s at a wavelength given by its distance in nm from the probe's. */
function spectralDensity(shiftNm: number, plasma: Plasma): number {
  const { electronTemperature, ionTemperature, density, charge, flow } = plasma;
  const plasmaFrequency = (density * ELECTRON_VOLT ** 2) / (VACUUM_PERMITTIVITY * ELECTRON_MASS);
  const probe = (2 * Math.PI * LIGHT) / (PROBE_NM * 1e-9);
  const scattered = (2 * Math.PI * LIGHT) / ((PROBE_NM + shiftNm) * 1e-9);
  const waveNumber = (frequency: number) => Math.sqrt(frequency ** 2 - plasmaFrequency) / LIGHT;
  const k = Math.hypot(waveNumber(probe), waveNumber(scattered));
  const omega = scattered - probe - k * flow;

  const thermalSpeed = (temperature: number, mass: number) =>
    Math.sqrt((2 * temperature * ELECTRON_VOLT) / mass);
  const electronSpeed = thermalSpeed(electronTemperature, ELECTRON_MASS);
  const ionSpeed = thermalSpeed(ionTemperature, ION_MASS);
  const [electrons, ions] = [omega / (k * electronSpeed), omega / (k * ionSpeed)];
  // α² = 1/(kλ)², where λ is the electrons' Debye length.
  const alpha2 =
    (density * ELECTRON_VOLT ** 2) / (VACUUM_PERMITTIVITY * electronTemperature * ELECTRON_VOLT * k ** 2);
  const ofElectrons = susceptibility(electrons, alpha2);
  const ofIons = susceptibility(ions, (alpha2 * charge * electronTemperature) / ionTemperature);
  const [epsilonRe, epsilonIm] = [1 + ofElectrons.re + ofIons.re, ofElectrons.im + ofIons.im];
  const epsilon2 = epsilonRe ** 2 + epsilonIm ** 2;
  const screening = ((1 + ofIons.re) ** 2 + ofIons.im ** 2) / epsilon2;
  const following = (ofElectrons.re ** 2 + ofElectrons.im ** 2) / epsilon2;
  const maxwellian = (x: number, speed: number) => Math.exp(-x * x) / (Math.sqrt(Math.PI) * speed);
  return (
    ((2 * Math.PI) / k) *
    (screening * maxwellian(electrons, electronSpeed) + charge * following * maxwellian(ions, ionSpeed))
  );
}

/** χ = α²·(1 + ξ·Z(ξ)) with the plasma dispersion function Z(ξ) = i√π·exp(−ξ²) − 2·D(ξ), D being Dawson's. */
function susceptibility(x: number, alpha2: number): { re: number; im: number } {
  return {
    re: alpha2 * (1 - 2 * x * dawson(x)),
    im: alpha2 * x * Math.sqrt(Math.PI) * Math.exp(-x * x),
  };
}

/** Dawson's integral by Rybicki's sum (Computers in Physics 3, 85, 1989), whose error at this step is below 10⁻¹⁰. */
export function dawson(x: number): number {
  const step = 0.3;
  const middle = 2 * Math.round(x / (2 * step));
  let sum = 0;
  for (let n = middle - 25; n <= middle + 25; n += 2) sum += Math.exp(-((x - n * step) ** 2)) / n;
  return sum / Math.sqrt(Math.PI);
}
