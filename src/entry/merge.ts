import { merge } from '../merge.ts';
import { cancellation, guard } from './guard.ts';

await guard(() => merge(process.env, cancellation()));
