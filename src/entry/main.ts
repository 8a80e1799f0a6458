import { run } from '../main.ts';
import { cancellation, guard } from './guard.ts';

await guard(() => run(process.env, cancellation()));
