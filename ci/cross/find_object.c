/* The unwinder of gcc calls this function of glibc (2.35 and later) to find the object of an address. musl does not have it. A
 * static binary has one object, which is described by its program headers. Without this function, a panic in a service would abort
 * the process. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>

/* The unwinder calls pthread_once if the process has threads. Its weak reference does not link the function from libc.a. On x86-64
 * nothing else links it, so the unwinder would call address 0. */
int (*const cton_pthread_once)(pthread_once_t *, void (*)(void)) = pthread_once;

struct question {
    ElfW(Addr) address;
    struct dl_find_object *answer;
};

static int look(struct dl_phdr_info *object, size_t size, void *data) {
    struct question *question = data;
    ElfW(Addr) start = 0, end = 0, frames = 0;
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        ElfW(Addr) from = object->dlpi_addr + header->p_vaddr, to = from + header->p_memsz;
        if (header->p_type == PT_LOAD && question->address >= from && question->address < to)
            start = from, end = to;
        if (header->p_type == PT_GNU_EH_FRAME)
            frames = from;
    }
    if (!end || !frames)
        return 0;
    question->answer->dlfo_flags = 0;
    question->answer->dlfo_map_start = (void *)start;
    question->answer->dlfo_map_end = (void *)end;
    question->answer->dlfo_link_map = 0;
    question->answer->dlfo_eh_frame = (void *)frames;
    return 1;
}

int _dl_find_object(void *address, struct dl_find_object *answer) {
    struct question question = {(ElfW(Addr))address, answer};
    return dl_iterate_phdr(look, &question) ? 0 : -1;
}
