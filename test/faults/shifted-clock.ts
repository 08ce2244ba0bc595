// Loaded before a role of the product: its wall clock is off by as many milliseconds as this variable says.
const offsetMs = Number(process.env['IMAGECHECK_FAULTS_CLOCK_MS'] ?? 0);
const RealDate = Date;
const now = (): number => RealDate.now() + offsetMs;

globalThis.Date = new Proxy(RealDate, {
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
});
