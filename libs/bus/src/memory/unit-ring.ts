import type { BusUnit } from '@mediamesh/media';

const FIRST_SLOTS = 64;

/** References to units, oldest first, by their position since the epoch began. Grows to what the window needs, then allocates no more. */
export class UnitRing {
  #slots: (BusUnit | undefined)[] = new Array<BusUnit | undefined>(FIRST_SLOTS).fill(undefined);
  #start = 0;
  #end = 0;

  get start(): number {
    return this.#start;
  }

  /** Position of the next unit. */
  get end(): number {
    return this.#end;
  }

  at(position: number): BusUnit | undefined {
    return position < this.#start || position >= this.#end ? undefined : this.#slots[position % this.#slots.length];
  }

  push(unit: BusUnit): void {
    if (this.#end - this.#start === this.#slots.length) this.#grow();
    this.#slots[this.#end % this.#slots.length] = unit;
    this.#end += 1;
  }

  dropTo(position: number): void {
    for (; this.#start < position; this.#start += 1) this.#slots[this.#start % this.#slots.length] = undefined;
  }

  #grow(): void {
    const slots = new Array<BusUnit | undefined>(this.#slots.length * 2).fill(undefined);
    for (let p = this.#start; p < this.#end; p += 1) slots[p % slots.length] = this.#slots[p % this.#slots.length];
    this.#slots = slots;
  }
}
