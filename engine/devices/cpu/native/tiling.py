"""Entries of convolutions by tiles, and for which of them they are the fastest way."""

from __future__ import annotations

import numpy as np

from engine.devices.cpu.native.entry import Entry
from engine.devices.cpu.native.geometry import address_of
from engine.devices.cpu.native.machine import Machine
from engine.devices.cpu.native.vectors import WIDTH
from engine.devices.cpu.native.winograd import (
    SIDE,
    SUMS_NUMBERS,
    TAPS,
    filters_function,
    filters_numbers,
    group_numbers,
    tiles_function,
)
from engine.devices.cpu.native.winograd_gradient import (
    gradient_function,
    slopes_numbers,
    sums_numbers,
    tiles_numbers,
    turn_sums_function,
)
from engine.ops.windows import Window
from engine.tensor.spec import Array

# Measured with 16 to 1,024 channels and filters, 2 to 64 rows, batches of 1 to 128, on a core of an EPYC with AVX-512: from
# 16 tiles on they take 0.5 to 0.8 of the time of windows by themselves (a tenth where filters do not fit into the cache).
# With fewer, it is 0.9 to 1.9 times: filters have to be turned, and a group of twelve tiles is not full.
LEAST_TILES = 16
TOGETHER = 48  # tiles that the gradient of filters sums up before its sums go to memory


class Tiling:
    """Makes entries.

    Args:
        machine: whose functions they use.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def is_worth(self, images: int, window: Window, channels: int, filters: int) -> bool:
        """Whether tiles are faster than any other way to such a convolution without groups."""
        plain = window.size == (TAPS, TAPS) and {*window.strides, *window.dilation} == {1}
        if not self._machine.wide or not plain or min(window.count) < SIDE:
            return False
        down, across = (-(-n // SIDE) for n in window.count)
        return channels % WIDTH == 0 and filters % WIDTH == 0 and images * down * across >= LEAST_TILES

    @staticmethod
    def filters_size(weight: Array) -> int:
        """Numbers of turned filters."""
        return filters_numbers(*weight.shape[-2:])

    @staticmethod
    def room_size(channels: int) -> int:
        """Numbers of the working memory of one thread."""
        return group_numbers(channels) + SUMS_NUMBERS

    def filling(self, weight: Array, turned: Array) -> Entry:
        """The entry that turns filters.

        Args:
            weight: (3, 3, channels, filters).
            turned: of `filters_size` numbers.
        """
        *_, channels, filters = weight.shape
        table = [address_of(weight), channels, filters // WIDTH, address_of(turned)]
        function = self._machine.function("turn filters", filters_function)
        return Entry(function, np.array(table, np.int64), channels, (weight, turned))

    def piece(
        self, images: Array, turned: Array, result: Array, window: Window, first: int, room: Array
    ) -> Entry:
        """The entry that convolves whole rows of windows.

        Args:
            images: (images, rows, columns, channels), whole.
            turned: filters.
            result: (images, rows, columns, filters) of some rows, two or more.
            window: with its padding.
            first: row of the result among those of the whole pictures.
            room: of `room_size` numbers.
        """
        table = self._table(images, turned, result, window, first)
        table += [address_of(room), address_of(room[group_numbers(images.shape[-1]) :])]
        function = self._machine.function("tiles", tiles_function)
        return Entry(function, np.array(table, np.int64), 1, (images, turned, result, room))

    @staticmethod
    def sums_size(weight: Array) -> int:
        """Numbers of the sums that the gradient of filters is made of."""
        return sums_numbers(*weight.shape[-2:])

    @staticmethod
    def gradient_room_size(weight: Array) -> int:
        """Numbers of the working memory of one thread."""
        channels, filters = weight.shape[-2:]
        return tiles_numbers(channels, TOGETHER) + slopes_numbers(filters, TOGETHER)

    def gradient(
        self, images: Array, slopes: Array, sums: Array, window: Window, first: int, room: Array
    ) -> Entry:
        """The entry that adds what whole rows of windows give to the sums.

        Args:
            images: (images, rows, columns, channels), whole.
            slopes: (images, rows, columns, filters) of some rows.
            sums: of `sums_size` numbers.
            window: with its padding.
            first: row of the slopes among those of the whole pictures.
            room: of `gradient_room_size` numbers.
        """
        table = self._table(images, sums, slopes, window, first)
        table += [address_of(room), address_of(room[tiles_numbers(images.shape[-1], TOGETHER) :]), TOGETHER]
        function = self._machine.function("tiles gradient", gradient_function)
        return Entry(function, np.array(table, np.int64), 1, (images, slopes, sums, room))

    def gradient_of_filters(self, sums: Array, weight: Array) -> Entry:
        """The entry that makes the gradient (3, 3, channels, filters) of the sums."""
        *_, channels, filters = weight.shape
        table = [address_of(sums), channels, filters // WIDTH, address_of(weight)]
        function = self._machine.function("turn sums", turn_sums_function)
        return Entry(function, np.array(table, np.int64), channels, (sums, weight))

    @staticmethod
    def _table(images: Array, filters: Array, result: Array, window: Window, first: int) -> list[int]:
        """What both functions of pieces are told first."""
        (top, _), (left, _) = window.padding
        count, rows, columns, vectors = (*result.shape[:3], result.shape[-1] // WIDTH)
        down, across = -(-rows // SIDE), -(-columns // SIDE)
        table = [count * down * across, down * across, across, rows, columns]
        table += [address_of(images), *images.shape[1:3], first - top, -left, *images.strides[:2]]
        table += [images.shape[-1] // WIDTH, address_of(filters), vectors]
        return [*table, address_of(result), *result.strides[:2]]
