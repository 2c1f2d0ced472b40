/* Two soft tones, made here: no file, no other host. */

const TONES = [
  { hertz: 660, at: 0 },
  { hertz: 880, at: 0.16 },
];
const SECONDS = 0.22;
const LOUDNESS = 0.12;

let context: AudioContext | null = null;

/** Sounds once; silent until the person has touched the page, as browsers want it. */
export function sound(): void {
  if (!navigator.userActivation?.hasBeenActive) return;
  context ??= new AudioContext();
  for (const { hertz, at } of TONES) {
    const begin = context.currentTime + at;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(LOUDNESS, begin + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + SECONDS);
    tone.connect(volume).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + SECONDS);
  }
}
