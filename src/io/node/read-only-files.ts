import fs from 'node:fs'
import {systemCode} from '../../base/errors.ts'
import type {ReadOnlyFiles} from '../ports.ts'

const {O_NOFOLLOW, O_NONBLOCK, O_RDONLY} = fs.constants

/**
 * The real file system, to look at only. Links are never followed; of what is no regular file nothing is read
 * (opening a FIFO would wait for its writer: O_NONBLOCK).
 */
export const nodeFiles: ReadOnlyFiles = {
  list(dir) {
    try {
      return fs.readdirSync(dir)
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return []
      throw error
    }
  },

  stat(path) {
    try {
      const found = fs.lstatSync(path)
      return {kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other', size: found.size}
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
      throw error
    }
  },

  readAt(path, at, into) {
    const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      if (!fs.fstatSync(fd).isFile()) throw new Error(`${path} is no regular file`)
      let got = 0
      while (got < into.length) {
        const n = fs.readSync(fd, into, got, into.length - got, at + got)
        if (n === 0) break
        got += n
      }
      return got
    } finally {
      fs.closeSync(fd)
    }
  },
}
