import { merge } from '../merge.ts';
import { guard } from './guard.ts';

await guard(() => merge(process.env));
