/** Cells of a notebook in Databricks' source format. Cells count from 1, lines from 0. */

const SEPARATOR = /^# COMMAND -+\s*$/;

/** The line on which each cell begins: its first line that is not empty. */
export function cellLines(text: string): readonly number[] {
  const lines = text.split(/\r?\n/);
  const starts: number[] = [];
  let wanted = true;
  lines.forEach((line, at) => {
    if (SEPARATOR.test(line)) {
      wanted = true;
    } else if (wanted && line.trim() !== '' && !(at === 0 && line.startsWith('# Databricks notebook source'))) {
      starts.push(at);
      wanted = false;
    }
  });
  return starts;
}

/** The number of the cell that a line belongs to; 0 in front of the first. */
export function cellAt(text: string, line: number): number {
  return cellLines(text).findLastIndex((start) => start <= line) + 1;
}
